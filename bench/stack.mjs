// Cold, warm and no-op bring-up of docker-compose.yml's infrastructure, beside `docker compose up --wait` of the file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preflightActivities } from '../dist/activities/preflight.js';
import { freePort } from '../dist/client/temporal/dev-server.js';
import { ensureNetworkAndVolumes } from '../dist/stack/engine/network-and-volumes.js';
import { ensureStackSecrets } from '../dist/stack/engine/ensure-stack-secrets.js';
import { removeStack } from '../dist/stack/engine/remove-stack.js';
import { runService } from '../dist/environment/services.js';
import { findCompose } from './support/compose.mjs';
import { declared, inActivity } from './support/declared.mjs';
import { median, print, say, timed } from './support/print.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = { runs: { type: 'string', default: '5' }, json: { type: 'boolean' } };
const runs = Number(parseArgs({ options: flags }).values.runs);
const folder = mkdtempSync(join(tmpdir(), 'onex-bench-'));
const cleanUps = [() => rmSync(folder, { recursive: true, force: true })];
process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)));

try {
  const ours = await product('bench-ours');
  const ways = { 'onex-bootstrap': ours };
  const command = findCompose(folder);
  if (command !== undefined) {
    ways['docker compose'] = await composeOf(command, 'bench-compose', []);
    // The file's checks come every 2 to 5 s, and compose waits for one: with one a second the tools are compared.
    ways['compose, checks every second'] = await composeOf(command, 'bench-quick', ['-f', quickChecks()]);
  }
  const samples = {};
  for (let run = 1; run <= runs; run++)
    for (const [way, act] of Object.entries(ways)) {
      say(`run ${run} of ${runs}: ${way}`);
      for (const [kind, milliseconds] of Object.entries(await measure(act)))
        ((samples[way] ??= {})[kind] ??= []).push(milliseconds);
    }
  report(samples);
} finally {
  await cleanUp();
}

async function measure({ up, stop, remove }) {
  await remove();
  const cold = (await timed(up)).milliseconds;
  const noOp = (await timed(up)).milliseconds;
  await stop();
  const warm = (await timed(up)).milliseconds;
  await remove();
  return { cold, warm, noOp };
}

function report(samples) {
  const base = samples['onex-bootstrap'];
  const rows = Object.entries(samples).map(([way, kinds]) => {
    const cells = Object.entries(kinds).flatMap(([kind, values]) => [
      [kind, `${Math.round(median(values))} ms`],
      [`${kind} ratio`, (median(values) / median(base[kind])).toFixed(2)],
    ]);
    return { way, ...Object.fromEntries(cells) };
  });
  const columns = ['way', 'cold', 'cold ratio', 'warm', 'warm ratio', 'noOp', 'noOp ratio'];
  print({
    title: `Infrastructure of docker-compose.yml, medians of ${runs} alternating runs`,
    columns,
    rows,
  });
}

async function environmentOf(name) {
  const ports = {};
  for (const port of [
    'POSTGRES_EXTERNAL_PORT',
    'VALKEY_EXTERNAL_PORT',
    'INFISICAL_EXTERNAL_PORT',
    'GREETER_PORT',
  ])
    ports[port] = String(await freePort(0));
  return {
    ONEX_ENVIRONMENT: name,
    ONEX_STATE_DIR: join(folder, name),
    ONEX_NODES_DIR: join(folder, 'nodes'),
    ...ports,
  };
}

async function contextOf(name) {
  const variables = await environmentOf(name);
  const { DOCKER_HOST, HOME, SSH_AUTH_SOCK } = process.env;
  const { environment, host, run } = await declared(
    name,
    { localImages: true },
    { DOCKER_HOST, HOME, SSH_AUTH_SOCK, ...variables },
    folder,
  );
  await inActivity(() => preflightActivities(host).ensureEngine(run));
  return { variables, environment, stack: await environment.stack(), engine: environment.engine() };
}

/** The product: what its activities do, in the order of the workflow. */
async function product(name) {
  const { environment, stack, engine } = await contextOf(name);
  const services = Object.values(stack.services).filter(({ profiles }) => profiles.length === 0);
  const owner = { environment: name, tag: await environment.tag(), project: stack.name };
  const filters = { label: [`onex.project=${stack.name}`] };
  const remove = async () => {
    await removeStack(engine, owner, { volumes: true });
    const [left] = await engine.listContainers({ all: true, filters });
    if (left !== undefined) throw new Error(`${left.Names[0]} is still there: a cold run would find it`);
  };
  cleanUps.push(remove);
  const up = async () => {
    await ensureStackSecrets(stack, environment);
    const resolved = await environment.images(undefined, {});
    await ensureNetworkAndVolumes(engine, stack, {
      environment: name,
      stateDir: environment.stateDir,
      images: resolved,
    });
    const started = new Map();
    const start = (service) => {
      if (!started.has(service.name)) started.set(service.name, startAfter(service));
      return started.get(service.name);
    };
    const startAfter = async ({ name: service, dependsOn }) => {
      await Promise.all(
        services.filter((other) => dependsOn.some((to) => to.service === other.name)).map(start),
      );
      return runService(environment, service, {});
    };
    await Promise.all(services.map(start));
  };
  const stop = async () => {
    const running = await engine.listContainers({ filters });
    await Promise.all(running.map(({ Id }) => engine.getContainer(Id).stop()));
  };
  return { up, stop, remove };
}

/** `docker compose` with local images under the names that the file gives them, for as long as this takes. */
async function composeOf([command, ...head], name, more) {
  const { variables, environment, stack, engine } = await contextOf(name);
  await ensureStackSecrets(stack, environment);
  for (const [service, { ref, kind }] of Object.entries(await environment.images(undefined, {}))) {
    if (kind === 'local') await tag(engine, ref, stack.services[service].image);
  }
  const file = ['-f', join(root, 'docker-compose.yml'), ...more];
  const compose = async (...args) => {
    const env = { ...process.env, ...variables };
    const child = spawn(command, [...head, ...file, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => (output += chunk));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${code}:\n${output}`);
  };
  const remove = () => compose('down', '--volumes');
  cleanUps.push(remove);
  return { up: () => compose('up', '--wait', '--pull', 'never'), stop: () => compose('stop'), remove };
}

async function tag(engine, ref, name) {
  const cut = name.lastIndexOf(':');
  const taken = await engine
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (taken) return;
  await engine.getImage(ref).tag({ repo: name.slice(0, cut), tag: name.slice(cut + 1) });
  cleanUps.push(() => engine.getImage(name).remove({ noprune: true }));
}

function quickChecks() {
  const file = join(folder, 'quick.yml');
  const services = ['postgres', 'valkey', 'infisical'].map(
    (service) => `  ${service}:\n    healthcheck: { interval: 1s, retries: 60 }\n`,
  );
  writeFileSync(file, `services:\n${services.join('')}`);
  return file;
}

async function cleanUp() {
  for (const act of cleanUps.splice(0).reverse())
    await Promise.resolve(act()).catch((error) => say(`left behind: ${error.message}`));
}
