// Planning alone, which is pure: 1,000 keys in 20 folders, beside ten times as many in the same folders.
import { Secret } from '../dist/contracts/core/secret.js';
import { buildPlan } from '../dist/contracts/plan/build-plan.js';
import { seedTargets } from '../dist/contracts/plan/seed-targets.js';
import { defaultRegistry } from '../dist/contracts/registry.js';
import { folderNames } from '../dist/contracts/folders.js';
import { median, print, round, timed } from './support/print.mjs';

const ROUNDS = 21;
const SERVICES = 20;

const rows = [];
for (const keys of [1_000, 10_000]) {
  const input = inputOf(keys);
  const empty = await planned(input, []);
  const { targets } = seedTargets(input);
  const given = targets.filter(({ value }) => value !== undefined);
  const observed = given.map(({ folder, key, value }) => ({ folder, key, version: 1, value }));
  const full = await planned(input, observed);
  rows.push({
    keys,
    'nothing there': `${empty} ms`,
    'all there': `${full} ms`,
    each: `${round((full / keys) * 1_000, 1)} µs`,
  });
}
print({ title: 'A plan', columns: Object.keys(rows[0]), rows });

async function planned(input, observed) {
  const samples = [];
  for (let at = 0; at < ROUNDS; at++)
    samples.push(
      (await timed(() => buildPlan(seedTargets(input), observed, { overwrite: true }))).milliseconds,
    );
  return round(median(samples), 1);
}

function inputOf(keys) {
  const services = Array.from({ length: SERVICES }, (_, at) => `service-${at}`);
  const namesOf = (service) =>
    Array.from({ length: keys / SERVICES }, (_, at) => `KEY_${service.slice(8)}_${at}`);
  return {
    nodes: services.map((service) => ({
      node: `node-of-${service}`,
      service,
      paths: [`${service}.yaml`],
      requirements: namesOf(service).map((key) => ({ key, transport: 'runtime', required: true })),
    })),
    registry: defaultRegistry,
    folders: folderNames(),
    values: new Map(),
    serviceValues: new Map(
      services.map((service) => [
        service,
        new Map(namesOf(service).map((key) => [key, new Secret(`value of ${key}`)])),
      ]),
    ),
    stackValues: [],
  };
}
