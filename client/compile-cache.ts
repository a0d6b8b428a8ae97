import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

// Imported first: Node.js takes most of a second to find, read and compile a thousand modules, and finds and compiles the same
// ones each time. Its own cache came with 22.1, and finds and reads them anew.
// It lies in the folder of the code itself: whoever can write there could as well change the code.

// They stand here since kept code is for the flags that it was compiled under.
// Where there is memory the collector lets the heap grow to four times what is in use: a run with 10,000 contracts took 1.1 GiB
// for 0.3, and takes 0.7 so.
setFlagsFromString('--heap-growing-percent=50');
// What is loaded stays, and was moved once for each time that the nursery doubled: a tenth of a short command's time.
setFlagsFromString('--semi-space-growth-factor=16');
// The optimizing compiler took a fifth of a short command's processor time for functions that hardly ran again. It comes to
// those of a long one some milliseconds later. Since 22 Node.js waits longer by itself, and knows no such flag.
if (process.version.startsWith('v20.')) setFlagsFromString('--interrupt-budget=1000000');
// As Node.js has it since 21: pg makes a Response to see where it is, and so loads all of fetch.
(globalThis as { navigator?: object }).navigator ??= { userAgent: `Node.js/${process.versions.node}` };

/** The parts of the module loader that are not in its types. */
interface Loader {
  _extensions: Record<string, (module: NodeJS.Module, filename: string) => void>;
  _resolveFilename: (request: string, parent?: NodeJS.Module, isMain?: boolean, options?: object) => string;
  _cache: NodeJS.Dict<NodeJS.Module>;
  wrap: (source: string) => string;
}

/** A module as it was when it was kept. */
interface KeptModule {
  path: string;
  /** Of its file: one that was written since has another. */
  stamp: string;
  /** Where its text and its compiled code end in the rest of the file; they begin where the one before ends. */
  ends: [source: number, code: number];
}

interface Kept {
  node: string;
  modules: KeptModule[];
  /** The file that a request is for, by the folder that it comes from. */
  found: Record<string, Record<string, string>>;
  /** How often a command that ended well added what it compiled: a failed one leaves out what it did not come to. */
  runs: Record<string, number>;
}

const FILE = join(__dirname, '..', '.compiled');
const PACKAGE = join(__dirname, '..', '..');
// npm writes one of these with each change of packages: in a checkout, or where this is a package of something
const INSTALLED = [join(PACKAGE, 'node_modules'), join(PACKAGE, '..')]
  .map((folder) => statSync(join(folder, '.package-lock.json'), { throwIfNoEntry: false })?.ctimeMs)
  .find((written) => written !== undefined);
const NODE = [process.version, process.arch, INSTALLED, ...process.execArgv].join(' ');
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
  ['/dist/client/program.js', /^\.\/commands\//],
  ['/dist/client/register-backups.js', /^\.\/commands\//],
  ['/dist/client/register-hosts.js', /^\.\/commands\//],
  ['/dist/client/register-tools.js', /^\.\/commands\//],
  ['/dist/client/with-workers.js', /^\.\/own-workers$/],
  ['/dist/activities/preflight.js', /ensure-local-images$/],
  ['/dist/infisical/legacy-2024/generation.js', /^\.\/administrator$/],
  ['/dist/stack/engine/probe.js', /^pg$/],
  ['/dist/stack/images/resolve-images.js', /ensure-local-images$/],
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
const before = new Map(kept.modules.map((module, index) => [module.path, { ...module, ...placeOf(index) }]));
const loaded = new Map<string, { script: Script; source: string }>();
let fresh = 0;

const load = loader._extensions['.js']!;
loader._extensions['.js'] = (module, filename) => {
  const known = unchanged(filename);
  const source = known ? data.toString('utf8', ...known.source) : readFileSync(filename, 'utf8');
  if (known === undefined && NOT_PLAIN.test(source)) return load(module, filename);
  const cachedData = known && data.subarray(...known.code);
  const script = new Script(loader.wrap(source), { filename, ...(cachedData && { cachedData }) });
  if (known === undefined || script.cachedDataRejected) fresh += 1;
  loaded.set(filename, { script, source });
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run.call(module.exports, module.exports, requireOf(module), module, filename, dirname(filename));
};
const find = loader._resolveFilename;
loader._resolveFilename = (request, parent, isMain, options) => {
  if (parent?.path === undefined || options !== undefined) return find(request, parent, isMain, options);
  const there = (kept.found[parent.path] ??= {});
  const known = Object.hasOwn(there, request) ? there[request]! : undefined;
  if (known !== undefined && unchanged(known)) return known;
  const path = find(request, parent, isMain);
  // which file a package's name stands for changes with what is installed
  if (isAbsolute(path) && (INSTALLED !== undefined || request.startsWith('.'))) there[request] = path;
  return path;
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
  const get = (id: string): unknown =>
    later.some((request) => request.test(id)) ? whenUsed(() => module.require(id)) : module.require(id);
  return Object.assign(get, {
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

const stamps = new Map<string, string>();

/** Of a file as it is now: any change of it, also by a copy that keeps its times, changes this. */
function stampOf(path: string): string {
  let stamp = stamps.get(path);
  if (stamp === undefined) {
    const found = statSync(path, { throwIfNoEntry: false });
    stamps.set(path, (stamp = found === undefined ? 'none' : `${found.size} ${found.ctimeMs}`));
  }
  return stamp;
}

/** What was kept of a module whose file is as it was then. */
function unchanged(path: string) {
  const module = before.get(path);
  return module?.stamp === stampOf(path) ? module : undefined;
}

function placeOf(index: number): { source: [number, number]; code: [number, number] } {
  const start = kept.modules[index - 1]?.ends[1] ?? 0;
  const [source, code] = kept.modules[index]!.ends;
  return { source: [start, source], code: [source, code] };
}

function read(): { kept: Kept; data: Buffer } {
  const none = { kept: { node: NODE, runs: {}, modules: [], found: {} }, data: Buffer.alloc(0) };
  try {
    const { uid } = statSync(FILE);
    if (uid !== 0 && uid !== process.getuid?.()) return none;
    const file = readFileSync(FILE);
    const end = file.indexOf('\n');
    const kept = JSON.parse(file.toString('utf8', 0, end)) as Kept;
    const data = file.subarray(end + 1);
    const isWhole = data.length === (kept.modules.at(-1)?.ends[1] ?? 0);
    return kept.node === NODE && isWhole ? { kept, data } : none;
  } catch {
    return none;
  }
}

/** All that was kept, and what was loaded now, with the functions that ran. */
function write(): void {
  const parts: Buffer[] = [];
  const modules: KeptModule[] = [];
  let length = 0;
  const add = (path: string, stamp: string, source: Buffer, code: Buffer) => {
    parts.push(source, code);
    modules.push({ path, stamp, ends: [(length += source.length), (length += code.length)] });
  };
  for (const [path, { script, source }] of loaded)
    add(path, stampOf(path), Buffer.from(source), script.createCachedData());
  for (const { path, stamp, source, code } of before.values())
    if (!loaded.has(path)) add(path, stamp, data.subarray(...source), data.subarray(...code));
  const own = `${FILE}-${process.pid}`;
  try {
    const head = JSON.stringify({ ...kept, modules } satisfies Kept);
    writeFileSync(own, Buffer.concat([Buffer.from(`${head}\n`), ...parts]));
    renameSync(own, FILE);
  } finally {
    rmSync(own, { force: true });
  }
}
