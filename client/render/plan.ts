import Table from 'cli-table3';
import { PLAN_ACTIONS } from '../../contracts/plan/plan-row';
import type { SeedReport } from '../../contracts/report/seed-report';
import type { Terminal } from '../terminal';
import { renderMissing } from './missing';
import { countsOf } from './summary';

const BARE = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', left: '', right: '', middle: '  ' };
const EDGES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
};

/** A seed plan key by key; names only. */
export function renderPlan(plan: SeedReport, terminal: Terminal): void {
  const table = new Table({
    chars: { ...BARE, ...EDGES },
    style: { border: [], head: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const action of PLAN_ACTIONS) {
    for (const [folder, keys] of Object.entries(plan.rows[action] ?? {})) {
      for (const key of keys) table.push([action, `${folder}/${key}`]);
    }
  }
  if (table.length > 0) terminal.line(table.toString());
  for (const warning of plan.warnings) terminal.line(terminal.paint('yellow', `warning: ${warning}`));
  renderMissing(plan.missing, [], terminal);
  terminal.line(`Plan: ${countsOf(plan)}.`);
}
