import type { Session } from './session';

/** What Ctrl-C leaves behind, and the commands that follow, continue or cancel it. */
export function howToFollow(session: Session, workflowId: string): string {
  const { address } = session.server.connect.connectionOptions;
  const flags = `--workflow-id ${workflowId} --address ${address ?? '127.0.0.1:7233'}`;
  return [
    `Detached. ${workflowId} keeps its place and goes on as soon as a worker runs.`,
    '  continue   onex-bootstrap up          (joins it)',
    '             onex-bootstrap worker      (works without watching)',
    `  follow     temporal workflow describe ${flags}`,
    `  cancel     temporal workflow cancel ${flags}`,
  ].join('\n');
}
