import { basename, join } from 'node:path';
import type { BootstrapReport } from '../../contracts/run/summaries';
import type { Terminal } from '../terminal';
import { countsOf, more, renderMissing, renderWarnings } from './plan';

/** The end of a bootstrap in words: what changed, what stands in for what, what is missing. */
export function renderSummary(report: BootstrapReport, stateDir: string, terminal: Terminal): void {
  const { line, paint } = terminal;
  const { services, seed, nodes, runtime, infisical, contracts, hosts } = report;
  const environment = basename(stateDir);
  line();
  for (const { name, action, address, kind, image, reason } of [...services, ...runtime]) {
    const local = kind === 'local' ? paint('yellow', ` (local image in place of ${image})`) : '';
    line(`  ${name.padEnd(12)} ${action.padEnd(10)} ${address ?? reason ?? ''}${local}`);
  }
  if (services.some(({ kind }) => kind === 'local'))
    line(paint('yellow', '  local images are for a try (--local-images): no real secret belongs in them'));
  for (const { name, open = [] } of [...services, ...runtime]) {
    if (open.length > 0)
      line(paint('yellow', `  ${name} can be reached from other machines: ${open.join(', ')}`));
  }
  for (const { name, nodes: served, proof } of runtime) {
    if (proof === 'proven')
      line(
        `  ${name} proved by digest that it holds the keys of ${served} ${served === 1 ? 'node' : 'nodes'}`,
      );
  }
  if (infisical !== undefined) {
    line(
      `  Infisical    ${infisical.address}  (${infisical.generation}, project ${infisical.projectId ?? 'not there yet'})`,
    );
  }
  if (infisical?.signUpOpen)
    line(
      paint(
        'yellow',
        '  anybody may sign up at this Infisical: an administrator can turn that off in its server console',
      ),
    );
  if (infisical?.seesProject !== undefined)
    line(
      paint(
        'yellow',
        `  identities see all environments of ${infisical.seesProject}: this server can give them no less; --isolate keeps environments in projects of their own`,
      ),
    );
  const { files, nodes: declared, keys, problems } = contracts;
  line(`  contracts    ${files} files, ${declared} nodes, ${keys} keys, ${problems.count} problems`);
  line(`  secrets      ${countsOf(seed)}`);
  if (nodes !== undefined) {
    line(`  nodes        ${nodes.nodes - nodes.withheld.count} of ${nodes.nodes} configured`);
    for (const name of nodes.withheld.first) line(paint('red', `  withheld: ${name}`));
    more(nodes.withheld, 'withheld nodes', environment, line);
    for (const name of nodes.kept.first)
      line(paint('yellow', `  kept as it was: ${name}, because contracts cannot be read`));
  }
  if (hosts !== undefined) {
    line(`  hosts        ${hosts.served} of ${hosts.hosts} served`);
    for (const host of hosts.trouble.first) line(paint('red', `  ✘ ${host}`));
    more(hosts.trouble, 'hosts', environment, line);
  }
  for (const problem of problems.first) line(paint('yellow', `  problem: ${problem}`));
  more(problems, 'problems', environment, line);
  renderWarnings(seed.warnings, environment, terminal);
  renderMissing(seed, environment, terminal);
  line();
  line(verdict(report, stateDir, terminal));
}

function verdict(
  { outcome, changes: { count }, environment, nodes }: BootstrapReport,
  stateDir: string,
  { paint }: Terminal,
): string {
  const changes = `${count} ${count === 1 ? 'change' : 'changes'}`;
  switch (outcome) {
    case 'complete':
      return `${paint('green', `✔ ${environment} is up`)}: ${changes}. Runtime identity: ${join(stateDir, 'runtime.env')}`;
    case 'partial': {
      const what = nodes?.withheld.count === 0 ? 'see above' : 'keys are missing (above)';
      return `${paint('red', `✘ ${environment} is partly up`)}: ${changes}; ${what}. Fix that and run again.`;
    }
    case 'changes pending':
      return `Dry run of ${environment}: changes are pending, nothing was changed.`;
    case 'in step':
      return `Dry run of ${environment}: nothing to change.`;
    default:
      return outcome satisfies never;
  }
}
