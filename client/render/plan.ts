import Table from 'cli-table3';
import { PLAN_ACTIONS, type PlanAction, type PlanRow } from '../../contracts/plan/plan-row';
import type { Listed, PlanSummary } from '../../contracts/run/summaries';
import type { Reports } from '../../environment/reports';
import type { Terminal } from '../terminal';

const BARE = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', left: '', right: '', middle: '  ' };
const EDGES = Object.fromEntries(
  ['top', 'bottom'].flatMap((side) => ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, ''])),
);

const DONE: Partial<Record<PlanAction, string>> = { CREATE: 'created', UPDATE: 'updated' };
const TO_DO: Partial<Record<PlanAction, string>> = { CREATE: 'to create', UPDATE: 'to update' };

/** A seed plan key by key, as it is kept on this host; names only. */
export async function renderPlan(
  plan: PlanSummary,
  environment: string,
  reports: Reports,
  terminal: Terminal,
): Promise<void> {
  const table = new Table({
    chars: { ...BARE, ...EDGES },
    style: { border: [], head: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const rows = await reports.plan(plan.planId);
  for (const [action, places] of byAction(rows)) for (const place of places) table.push([action, place]);
  if (table.length > 0) terminal.line(table.toString());
  renderWarnings(plan.warnings, environment, terminal);
  renderMissing(plan, environment, terminal);
  terminal.line(`Plan: ${countsOf(plan)}.`);
}

/** The places of each action, in the order in which actions are shown. */
export function byAction(rows: readonly PlanRow[]): [PlanAction, string[]][] {
  return PLAN_ACTIONS.map((action) => [
    action,
    rows.filter((row) => row.action === action).map(({ folder, key }) => `${folder}/${key}`),
  ]);
}

export function renderWarnings(warnings: Listed, environment: string, { line, paint }: Terminal): void {
  for (const warning of warnings.first) line(paint('yellow', `  warning: ${warning}`));
  more(warnings, 'warnings', environment, line);
}

/** Each missing key with its owners. */
export function renderMissing(
  { missing: { required, optional } }: PlanSummary,
  environment: string,
  { line, paint }: Terminal,
): void {
  for (const name of required.first) line(paint('red', `  missing: ${name}`));
  more(required, 'missing keys', environment, line);
  for (const name of optional.first) line(paint('dim', `  optional, not given: ${name}`));
  more(optional, 'optional keys', environment, line);
}

export function more(
  { count, first }: Listed,
  what: string,
  environment: string,
  line: Terminal['line'],
): void {
  if (count > first.length)
    line(`  … and ${count - first.length} more ${what}: onex-bootstrap report -e ${environment}`);
}

/** `3 created, 1 kept` of a seed that was done, `3 to create` of one that was only planned. */
export function countsOf({ counts, written }: PlanSummary): string {
  const words = written > 0 ? DONE : TO_DO;
  const some = PLAN_ACTIONS.filter((action) => counts[action] > 0);
  return (
    some.map((action) => `${counts[action]} ${words[action] ?? action.toLowerCase()}`).join(', ') || 'none'
  );
}
