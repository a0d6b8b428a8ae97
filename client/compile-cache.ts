import { hash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

// Imported first: Node.js takes most of a second to find and compile a thousand modules, and finds and compiles the same ones
// each time. Its own cache came with 22.1 and keeps no paths.
// It lies in the folder of the code itself: whoever can write there could as well change the code.

// Where there is memory the collector lets the heap grow to four times what is in use: a run with 10,000 contracts took 1.1 GiB
// for 0.3, and takes 0.7 so. It stands here since kept code is for the flags that it was compiled under.
setFlagsFromString('--heap-growing-percent=50');

/** The parts of the module loader that are not in its types. */
interface Loader {
  _extensions: Record<string, (module: NodeJS.Module, filename: string) => void>;
  _pathCache: Record<string, string>;
  _resolveFilename: (request: string, parent: NodeJS.Module, isMain: boolean, options?: object) => string;
  _cache: NodeJS.Dict<NodeJS.Module>;
  wrap: (source: string) => string;
}

interface Kept {
  node: string;
  /** Where the code of a source lies in the rest of the file, by the source's hash. */
  code: Record<string, [start: number, end: number]>;
  /** How often a command that ended well added what it compiled: a failed one leaves out what it did not come to. */
  runs: Record<string, number>;
  /** Files of relative requests, by the loader's own key of them. */
  paths: Record<string, string>;
}

const FILE = join(__dirname, '..', '.compiled');
const NODE = `${process.version} ${process.arch} ${process.execArgv.join(' ')}`;
const WORTH_WRITING = 20; // modules that were not kept
const RUNS = 2; // the first one makes everything, and the next finds it
const COMMAND = process.argv[2] ?? '';
// What the loader must do itself: ES modules, and scripts that import some.
const NOT_PLAIN = /^#!|^\s*(?:import|export)[\s{*'"]|\bimport\s*\(/m;
// What libraries ask for as they load and hardly any command uses, by the end of the asking file's path: half the modules of `up`.
const LATER: [from: string, request: RegExp][] = [
  ['/zod/v4/core/index.cjs', /locales/],
  ['/zod/v4/classic/external.cjs', /locales\/index/],
  ['/rxjs/dist/cjs/index.js', /^\.\/internal\/(?!types)/],
  ['/rxjs/dist/cjs/operators/index.js', /^\./],
  ['/docker-modem/lib/modem.js', /^\.\/ssh$/],
  ['/dockerode/lib/docker.js', /^\.\/session$/],
  ['/@temporalio/worker/lib/workflow/bundler.js', /^(memfs|unionfs|webpack)$/],
  ['/@temporalio/common/lib/converter/failure-converter.js', /^nexus-rpc$/],
  ['/@infisical/sdk/lib/cjs/index.js', /^@(aws-crypto|aws-sdk|smithy)\//],
  ['/@temporalio/client/lib/nexus-client.js', /^uuid$/],
  ['/@temporalio/envconfig/lib/envconfig-toml.js', /^smol-toml$/],
  ['/tar-fs/index.js', /^tar-stream$/],
  ['/dist/stack/engine/connect-engine.js', /^dockerode$/],
  ['/dist/stack/engine/postgres-major.js', /^tar-stream$/],
  ['/dist/environment/backup/archive.js', /^tar-stream$/],
  ['/dist/reads/read-breaker.js', /^cockatiel$/],
  ['/dist/client/render/plan.js', /^cli-table3$/],
  ['/dist/client/terminal.js', /^log-update$/],
  ['/dist/environment/contract-reader.js', /^piscina$/],
];

const loader = Module as unknown as Loader;
const { kept, data } = read();
const scripts = new Map<string, Script>();
let fresh = 0;

for (const [key, path] of Object.entries(kept.paths)) if (existsSync(path)) loader._pathCache[key] = path;
const load = loader._extensions['.js']!;
loader._extensions['.js'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  const name = hash('sha1', source);
  const at = kept.code[name];
  if (at === undefined && NOT_PLAIN.test(source)) return load(module, filename);
  const cachedData = at && data.subarray(...at);
  const script = new Script(loader.wrap(source), { filename, ...(cachedData && { cachedData }) });
  if (at === undefined || script.cachedDataRejected) fresh += 1;
  scripts.set(name, script);
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run.call(module.exports, module.exports, requireOf(module), module, filename, dirname(filename));
};
process.on('exit', (code) => {
  const adds = code === 0 && (kept.runs[COMMAND] ?? 0) < RUNS;
  if (fresh < WORTH_WRITING && !adds) return;
  if (adds) kept.runs[COMMAND] = (kept.runs[COMMAND] ?? 0) + 1;
  try {
    write();
  } catch {
    // the folder is somebody else's: the next start takes as long
  }
});

function requireOf(module: NodeJS.Module): NodeJS.Require {
  const resolve = (request: string, options?: object) =>
    loader._resolveFilename(request, module, false, options);
  const later = LATER.filter(([from]) => module.filename.endsWith(from)).map(([, request]) => request);
  const find = (id: string): unknown =>
    later.some((request) => request.test(id)) ? whenUsed(() => module.require(id)) : module.require(id);
  return Object.assign(find, {
    resolve: Object.assign(resolve, { paths: () => null }),
    main: require.main,
    extensions: require.extensions,
    cache: loader._cache,
  });
}

/** Stands for a module until something of it is read or it is called. */
function whenUsed(load: () => unknown): unknown {
  const call = (...args: unknown[]) => (load() as (...args: unknown[]) => unknown)(...args);
  const get = (_target: unknown, name: string | symbol) => {
    if (name === '__esModule') return true; // a compiled import asks that first
    const module = load() as Record<string | symbol, unknown>;
    return name === 'default' && !module['__esModule'] ? module : module[name];
  };
  return new Proxy(call, { get });
}

function read(): { kept: Kept; data: Buffer } {
  const none = { kept: { node: NODE, runs: {}, code: {}, paths: {} }, data: Buffer.alloc(0) };
  try {
    const { uid } = statSync(FILE);
    if (uid !== 0 && uid !== process.getuid?.()) return none;
    const file = readFileSync(FILE);
    const end = file.indexOf('\n');
    const kept = JSON.parse(file.toString('utf8', 0, end)) as Kept;
    return kept.node === NODE ? { kept, data: file.subarray(end + 1) } : none;
  } catch {
    return none;
  }
}

/** All that was kept, and what was loaded now, with the functions that ran. */
function write(): void {
  const parts: Buffer[] = [];
  let length = 0;
  const code: Kept['code'] = {};
  const add = (name: string, part: Buffer) => {
    code[name] = [length, (length += part.length)];
    parts.push(part);
  };
  for (const [name, script] of scripts) add(name, script.createCachedData());
  for (const [name, at] of Object.entries(kept.code)) if (!(name in code)) add(name, data.subarray(...at));
  const isRelative = ([key]: [string, string]) => key.startsWith('.');
  const paths = Object.fromEntries(
    Object.entries({ ...kept.paths, ...loader._pathCache }).filter(isRelative),
  );
  const own = `${FILE}-${process.pid}`;
  try {
    writeFileSync(
      own,
      Buffer.concat([
        Buffer.from(`${JSON.stringify({ node: NODE, runs: kept.runs, code, paths })}\n`),
        ...parts,
      ]),
    );
    renameSync(own, FILE);
  } finally {
    rmSync(own, { force: true });
  }
}
