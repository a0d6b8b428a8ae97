import { z } from 'zod';
import { STATE_VERSION } from './files/state-file';

/** The run that may change an environment, as its lease says. */
export const writerSchema = z.object({
  version: z.literal(STATE_VERSION),
  /** Id of the Temporal namespace: no two servers share one. */
  server: z.string(),
  /** Where that server is, for whoever reads a message. */
  address: z.string(),
  host: z.string(),
  workflowId: z.string(),
  runId: z.string(),
});

export type Writer = Omit<z.infer<typeof writerSchema>, 'version'>;

export const isSameRun = (one: Writer, other: Writer) =>
  one.server === other.server && one.workflowId === other.workflowId && one.runId === other.runId;

/** Whether `other` has ended: a server has one open run of an id. */
export const hasReplaced = (one: Writer, other: Writer) =>
  one.server === other.server && one.workflowId === other.workflowId && one.runId !== other.runId;
