// From contracts to a plan and to what each node receives, which is pure: 1,000 contracts of 20 keys, and ten times as
// many. Each key belongs to one node, or all nodes share the same 20.
import { parseArgs } from 'node:util';
import { Secret } from '../dist/contracts/core/secret.js';
import { folderNames } from '../dist/contracts/folders.js';
import { parseContract } from '../dist/contracts/node-contract/contract.js';
import { buildPlan } from '../dist/contracts/plan/build-plan.js';
import { planDigest } from '../dist/contracts/plan/writes.js';
import { seedTargets } from '../dist/contracts/plan/seed-targets.js';
import { remainingWrites } from '../dist/contracts/plan/writes.js';
import { defaultRegistry } from '../dist/contracts/registry.js';
import { mergeNodes } from '../dist/contracts/requirements.js';
import { resolveNodes } from '../dist/contracts/resolve/resolve-nodes.js';
import { collectGarbage } from './support/collect-garbage.mjs';
import { median, printAll, round, say } from './support/print.mjs';

const options = { contracts: { type: 'string', default: '1000' }, json: { type: 'boolean' } };
const FEW = Number(parseArgs({ options }).values.contracts);
const MANY = 10 * FEW;
const KEYS = 20;
const SERVICES = 100;
const ROUNDS = { [FEW]: 3, [MANY]: 1 };
const LONG_TEXT = 100_000;

measure(FEW / 10, ownKey); // compiled before anything is timed
printAll([
  report('each node has keys of its own', ownKey),
  report('all nodes share their keys', sharedKey),
  kept(),
]);

function report(what, keyOf) {
  const [few, many] = [FEW, MANY].map((contracts) => {
    const rounds = Array.from({ length: ROUNDS[contracts] }, () => measure(contracts, keyOf));
    return new Map(
      [...rounds[0].keys()].map((step) => [step, median(rounds.map((times) => times.get(step)))]),
    );
  });
  const [small, large] = [FEW, MANY].map((contracts) => `${contracts.toLocaleString('en')} contracts`);
  const rows = [...few].map(([step, milliseconds]) => ({
    step,
    [small]: `${round(milliseconds, 1)} ms`,
    [large]: `${round(many.get(step), 1)} ms`,
    growth: `${round(many.get(step) / milliseconds, 1)} ×`,
  }));
  return {
    title: `${KEYS} keys a contract, ${what}`,
    columns: Object.keys(rows[0]),
    rows,
    notes: ['CPU time, since other work on the machine shows in the time of a clock.'],
  };
}

/** Step → milliseconds of the processor, for one run through all steps. */
function measure(contracts, keyOf) {
  say(`${contracts} contracts`);
  const times = new Map();
  const step = (name, work) => {
    collectGarbage();
    const before = process.cpuUsage();
    const result = work();
    times.set(name, process.cpuUsage(before).user / 1_000);
    return result;
  };
  const texts = Array.from({ length: contracts }, (_, at) => contractText(at, keyOf));
  const files = step('parse', () =>
    texts.map((text, at) => parseContract(`nodes/${at}/contract.yaml`, text)),
  );
  const { nodes } = step('merge by node', () => mergeNodes(files));
  const keys = nodes.flatMap(({ requirements }) => requirements.map(({ key }) => key));
  const common = { nodes, registry: defaultRegistry, folders: folderNames() };
  const input = {
    ...common,
    values: new Map(keys.map((key) => [key, new Secret(`value of ${key}`)])),
    serviceValues: new Map(),
    stackValues: [],
  };
  const targets = step('targets', () => seedTargets(input));
  const { rows } = step('plan, nothing there', () => buildPlan(targets, [], { overwrite: true }));
  const observed = rows.map(({ folder, key }) => ({
    folder,
    key,
    version: 1,
    value: new Secret(`value of ${key}`),
  }));
  step('plan, all there', () => buildPlan(targets, observed, { overwrite: true }));
  const ungiven = seedTargets({ ...input, values: new Map() });
  step('plan, all missing', () => buildPlan(ungiven, [], { overwrite: true }));
  step('digest', () => planDigest(rows, targets.targets, new Secret('installation key')));
  step('writes that remain', () => remainingWrites(rows, targets.targets, []));
  step('resolve', () => resolveNodes({ ...common, observed, environment: new Map(), lane: 'controlled' }));
  return times;
}

/** What stays in memory of a contract with a long text beside its keys. */
function kept() {
  const count = 200;
  const files = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < count; at++) {
    const text = `${contractText(at, ownKey)}notes: ${'x'.repeat(LONG_TEXT)}\n`;
    files.push(parseContract(`nodes/${at}/contract.yaml`, Buffer.from(text).toString()));
  }
  collectGarbage();
  const each = (process.memoryUsage().heapUsed - before) / files.length / 1_024;
  const rows = [{ 'a file of': `${LONG_TEXT / 1_000} kB`, keeps: `${round(each, 1)} KiB` }];
  return { title: 'Memory that a parsed contract keeps', columns: Object.keys(rows[0]), rows };
}

function ownKey(contract, at) {
  return `KEY_${at}_OF_NODE_${contract}`;
}

function sharedKey(_, at) {
  return `KEY_${at}_OF_ALL_NODES`;
}

function contractText(contract, keyOf) {
  const dependencies = Array.from(
    { length: KEYS },
    (_, at) => `  - { type: environment, env_var: ${keyOf(contract, at)}, required: ${at % 2 === 0} }\n`,
  );
  return `node_name: node_${contract}\nservice: service-${contract % SERVICES}\ndependencies:\n${dependencies.join('')}`;
}
