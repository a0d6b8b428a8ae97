import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, planStale } from '../contracts/core/failures';
import type { PlanRow } from '../contracts/plan/plan-row';
import { MOST_NAMES, type KeptReport } from '../contracts/run/summaries';
import { byAge, ifThere } from './files/system';
import { writeFileAtomic } from './files/atomic';

const KEPT_REPORTS = MOST_NAMES;
const KEPT_PLANS = 2 * KEPT_REPORTS; // a run whose plan went stale has several
const PLAN = /^\d+-[0-9a-f]{16}$/;
const RUN = /^[0-9a-f-]{36}$/;

/** One node as a report shows it: keys by where they came from, and what it lacks. Never a value. */
export interface NodeRow {
  node: string;
  service: string;
  keys: number;
  file: 'written' | 'unchanged' | 'withheld' | 'kept';
  missingRequired: string[];
  missingOptional: string[];
  /** Keys by origin, e.g. `/shared/kafka` or `environment`. */
  provenance: Record<string, string[]>;
}

/** What the file of a report holds: everything but the rows of the plan, which has a file of its own. */
interface StoredReport {
  run: string;
  workflowId: string;
  /** The bounded result; undefined while the run is under way, or where it failed. */
  result?: unknown;
  problems?: string[];
  plan?: { planId: string; warnings: string[] };
  nodes?: NodeRow[];
}

/** The whole of a run: what its result holds in counts stands here in full. The rows are gone where so many plans were made since. */
export type FullReport = Omit<StoredReport, 'plan'> & {
  plan?: NonNullable<StoredReport['plan']> & { rows?: PlanRow[] };
};

/** What an environment's runs leave for people: plans, and a report a run, as files that no history could hold. */
export class Reports {
  constructor(private readonly stateDir: string) {}

  /** Keeps a plan for the step that applies it. */
  async keepPlan(planId: string, rows: readonly PlanRow[]): Promise<void> {
    const dir = join(this.stateDir, 'plans');
    await writeFileAtomic(join(dir, `${planId}.json`), JSON.stringify({ version: 1, rows }));
    const names = (await readdir(dir)).filter((name) => /^\d+-.*\.json$/.test(name)).sort();
    for (const name of names.slice(0, -KEPT_PLANS)) await rm(join(dir, name), { force: true });
  }

  /** The rows of a kept plan. PlanStale where it is gone or cut short: plan again. BadInput for what is no plan's name. */
  async plan(planId: string): Promise<PlanRow[]> {
    if (!PLAN.test(planId)) throw badInput('A step was given a plan by a name that no plan has.');
    try {
      const text = await readFile(join(this.stateDir, 'plans', `${planId}.json`), 'utf8');
      const { version, rows } = JSON.parse(text) as { version: number; rows: PlanRow[] };
      if (version !== 1 || !Array.isArray(rows)) throw new Error('not a plan of this version');
      return rows;
    } catch (cause) {
      throw planStale(`The plan ${planId} is no longer in ${this.stateDir}/plans: plan again.`, { cause });
    }
  }

  /** Adds to the report of a run. */
  async add(run: { runId: string; workflowId: string }, part: Partial<StoredReport>): Promise<KeptReport> {
    assertRun(run.runId); // of an activity that was started by itself it may be anything
    const path = this.#pathOf(run.runId);
    const before = (await this.#stored(run.runId)) ?? { run: run.runId, workflowId: run.workflowId };
    const text = `${JSON.stringify({ ...before, ...part })}\n`;
    await writeFileAtomic(path, text);
    return { run: run.runId, digest: createHash('sha256').update(text).digest('hex') };
  }

  /** The report of a run, of the latest one without a name; undefined where there is none. */
  async read(run?: string): Promise<FullReport | undefined> {
    const name = run ?? (await this.#runs()).at(-1);
    const stored = name === undefined ? undefined : await this.#stored(name);
    if (stored?.plan === undefined) return stored;
    const rows = await this.plan(stored.plan.planId).catch(() => undefined);
    return { ...stored, plan: { ...stored.plan, ...(rows === undefined ? {} : { rows }) } };
  }

  /** The nodes that a run configured, or withheld, so far. */
  async nodesOf(run: string): Promise<NodeRow[]> {
    return (await this.#stored(run))?.nodes ?? [];
  }

  /** Those of the latest run that came to them; undefined where none did. */
  async lastNodes(): Promise<NodeRow[] | undefined> {
    for (const run of (await this.#runs()).reverse()) {
      const { nodes } = (await this.#stored(run)) ?? {};
      if (nodes !== undefined) return nodes;
    }
    return undefined;
  }

  async #stored(name: string): Promise<StoredReport | undefined> {
    assertRun(name);
    const text = await ifThere(readFile(this.#pathOf(name), 'utf8'));
    return text === undefined ? undefined : (JSON.parse(text) as StoredReport);
  }

  /** Drops all but the newest reports. */
  async tidy(): Promise<void> {
    for (const name of (await this.#runs()).slice(0, -KEPT_REPORTS))
      await rm(this.#pathOf(name), { force: true });
  }

  /** Oldest first. */
  async #runs(): Promise<string[]> {
    const files = await byAge(join(this.stateDir, 'reports'), (name) => name.endsWith('.json'));
    return files.map((name) => name.slice(0, -'.json'.length));
  }

  #pathOf = (run: string) => join(this.stateDir, 'reports', `${run}.json`);
}

function assertRun(name: string): void {
  if (!RUN.test(name)) throw badInput('A run is named by its run id, as the Temporal UI shows it.');
}
