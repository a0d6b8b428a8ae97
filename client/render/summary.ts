import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import { PLAN_ACTIONS, type PlanAction } from '../../contracts/plan/plan-row';
import type { SeedReport } from '../../contracts/report/seed-report';
import type { Terminal } from '../terminal';
import { renderMissing } from './missing';

/** The end of a bootstrap in words: what changed, what stands in for what, what is missing. */
export function renderSummary(report: BootstrapReport, terminal: Terminal): void {
  const { line, paint } = terminal;
  const { services, seed, nodes, runtime, infisical } = report;
  line();
  for (const { name, action, address, kind, image, reason } of [...services, ...runtime]) {
    const local = kind === 'local' ? paint('yellow', ` (local image in place of ${image})`) : '';
    line(`  ${name.padEnd(12)} ${action.padEnd(10)} ${address ?? reason ?? ''}${local}`);
  }
  for (const { name, nodes: served, proof } of runtime) {
    if (proof === 'proven')
      line(`  ${name} proved by digest that it holds the keys of ${served.length} nodes`);
  }
  if (infisical !== undefined) {
    line(
      `  Infisical    ${infisical.address}  (${infisical.generation}, project ${infisical.projectId ?? 'not there yet'})`,
    );
  }
  const { files, nodes: nodeCount, keys, problems } = report.contracts;
  line(`  contracts    ${files} files, ${nodeCount} nodes, ${keys} keys, ${problems.length} problems`);
  if (seed !== undefined) line(`  secrets      ${countsOf(seed)}`);
  if (nodes.length > 0) {
    line(
      `  nodes        ${nodes.filter(({ file }) => file !== 'withheld').length} of ${nodes.length} configured in ${report.files.nodesDir}`,
    );
  }
  for (const problem of problems) line(paint('yellow', `  problem: ${problem}`));
  for (const warning of report.warnings) line(paint('yellow', `  warning: ${warning}`));
  renderMissing(seed?.missing ?? [], nodes, terminal);
  line();
  line(verdict(report, terminal));
}

function verdict({ outcome, changes, environment, files }: BootstrapReport, { paint }: Terminal): string {
  const count = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`;
  switch (outcome) {
    case 'complete':
      return `${paint('green', `✔ ${environment} is up`)}: ${count}. Runtime identity: ${files.runtimeEnv}`;
    case 'partial':
      return `${paint('red', `✘ ${environment} is up in part`)}: ${count}; keys are missing (above). Give them and run again.`;
    case 'dry run':
      return `Dry run of ${environment}: nothing was changed.`;
    default:
      return outcome satisfies never;
  }
}

const DONE: Partial<Record<PlanAction, string>> = { CREATE: 'created', UPDATE: 'updated' };
const TO_DO: Partial<Record<PlanAction, string>> = { CREATE: 'to create', UPDATE: 'to update' };

/** `3 created, 1 kept` of a seed that was done, `3 to create` of one that was only planned. */
export function countsOf({ counts, written }: SeedReport): string {
  const words = written > 0 ? DONE : TO_DO;
  const some = PLAN_ACTIONS.filter((action) => counts[action] > 0);
  return (
    some.map((action) => `${counts[action]} ${words[action] ?? action.toLowerCase()}`).join(', ') || 'none'
  );
}
