// The built product on contracts that are made for a bench.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliFolder } from '../../dist/client/temporal/temporal-cli.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function keyOf(contract, key) {
  return `NODE_${contract}_KEY_${key}`;
}

/** A folder of contracts, each with so many keys. */
export function writeContracts(folder, contracts, keys) {
  const dir = join(folder, 'contracts');
  for (let contract = 0; contract < contracts; contract++) {
    const lines = Array.from(
      { length: keys },
      (_, key) => `  - { name: d${key}, type: environment, env_var: ${keyOf(contract, key)} }`,
    );
    mkdirSync(join(dir, `n${contract}`), { recursive: true });
    writeFileSync(
      join(dir, `n${contract}`, 'contract.yaml'),
      `name: node_${contract}\ndependencies:\n${lines.join('\n')}\n`,
    );
  }
  return dir;
}

/** A file with a value for each of their keys. */
export function writeValues(folder, contracts, keys) {
  const path = join(folder, 'values.env');
  const lines = [];
  for (let contract = 0; contract < contracts; contract++)
    for (let key = 0; key < keys; key++) lines.push(`${keyOf(contract, key)}=v${contract}-${key}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Starts the built product with a state directory below `folder`; stderr alone is piped. */
export function start(folder, args, variables) {
  // the CLI that the product once fetched for itself serves here too
  const tools = cliFolder(join(homedir(), '.onex-bootstrap', 'tools'));
  const env = {
    PATH: [tools, process.env.PATH].join(delimiter),
    HOME: folder,
    ONEX_STATE_DIR: join(folder, 'state'),
    ONEX_NODES_DIR: join(folder, 'nodes'),
    ...variables,
  };
  const program = ['--', join(root, 'dist', 'client', 'main.js'), ...args];
  return spawn(process.execPath, program, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Runs the built product as `start` does; its seconds, and peak of memory in MiB. Rejects where it ends with another code. */
export function command(folder, args, variables, expected = 0) {
  const started = performance.now();
  const child = start(folder, args, variables);
  let memory = 0;
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2_000)));
  const watch = setInterval(() => (memory = Math.max(memory, peakOf(child.pid))), 100);
  return new Promise((resolve, reject) =>
    child.on('close', (code) => {
      clearInterval(watch);
      const ended = { seconds: (performance.now() - started) / 1000, memory };
      if (code === expected) resolve(ended);
      else reject(new Error(`${args.join(' ')} ended with ${code} in place of ${expected}:\n${said}`));
    }),
  );
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
