import type { UpgradeReport } from '../../contracts/run/summaries';
import type { CommandContext } from '../command-context';
import type { ExitCode } from '../exit-code';
import { runAsWriter } from '../writer-run';

/** Gives services the images that the stack file names, or goes on with an upgrade that was cut off; a dry run only tells. */
export async function upgrade(
  services: string[],
  { environment: named, dryRun = false }: { environment?: string; dryRun?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal } = context;
  const environment = await host.choose(named);
  const choices = { ...(services.length > 0 && { upgrade: services }), ...(dryRun && { dryRun }) };
  return runAsWriter<UpgradeReport>(
    { type: 'upgrade', environment, choices, summary: `upgrade ${environment}` },
    context,
    ({ upgraded, backup, left }) => {
      for (const { name, from, to } of upgraded) terminal.line(`  ${name}  ${from} → ${to}`);
      if (upgraded.length === 0)
        return terminal.line(`Nothing to upgrade: ${environment} runs the images that its stack file names.`);
      if (dryRun)
        return terminal.line(
          `Nothing was changed. To upgrade: ${['onex-bootstrap upgrade -e', environment, ...services].join(' ')}`,
        );
      terminal.line(`✔ ${environment} is upgraded, and its secrets are those of before (backup: ${backup}).`);
      if (left.length > 0)
        terminal.line(
          `The data of before is still there. Once nobody needs it: docker volume rm ${left.join(' ')}`,
        );
    },
  );
}
