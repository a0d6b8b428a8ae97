import { badInput } from '../../contracts/core/failures';
import { Reports } from '../../environment/reports';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { byAction } from '../render/plan';

/** Prints the whole report of a run, of the latest one without a name: what a result has in counts, all of it. No values. */
export async function report(
  run: string | undefined,
  { environment: named }: { environment?: string },
  { host, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const environment = await host.choose(named);
  const found = await new Reports(host.stateDirOf(environment)).read(run);
  if (found === undefined) {
    const { joined } = await host.newest(environment);
    const first =
      joined === undefined
        ? `onex-bootstrap up -e ${environment}`
        : `its home, ${joined.home}, serves this host first`;
    throw badInput(
      run === undefined
        ? `${environment} has no report yet: ${first}`
        : `${environment} has no report of the run ${run}; the newest twenty are kept.`,
    );
  }
  if (json) {
    terminal.line(JSON.stringify(found, null, 2));
    return ExitCode.ok;
  }
  const { line } = terminal;
  line(`${found.workflowId}  run ${found.run}`);
  for (const problem of found.problems ?? []) line(`problem: ${problem}`);
  for (const warning of found.plan?.warnings ?? []) line(`warning: ${warning}`);
  if (found.plan !== undefined && found.plan.rows === undefined) line('its plan is no longer kept');
  for (const [action, places] of byAction(found.plan?.rows ?? [])) {
    for (const place of places) line(`${action.padEnd(10)} ${place}`);
  }
  for (const { node, service, file, keys, missingRequired } of found.nodes ?? []) {
    const lacks = missingRequired.length === 0 ? '' : `  lacks ${missingRequired.join(', ')}`;
    line(`${file.padEnd(10)} ${service}/${node}  ${keys} keys${lacks}`);
  }
  return ExitCode.ok;
}
