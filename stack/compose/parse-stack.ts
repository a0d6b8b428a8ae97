import { posix } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import { zodProblems } from '../../contracts/core/zod-problems';
import { checkStack } from './check-stack';
import { composeSchema, type ComposeFile } from './compose-schema';
import { interpolateTree, type Lookup } from './interpolate';
import { loginSecret, servicesOn } from './ready';
import type { Service, Stack, StackProblem } from './stack';

export interface StackOptions {
  /** Absolute path of the text: relative paths start from its folder, messages name it. */
  file?: string;
  /** Variables of `${…}`. */
  lookup: Lookup;
}

/** Reads a Compose file of the supported subset. Every problem, with its line, is in the one BadInput that it throws. */
export function parseStack(text: string, { file, lookup }: StackOptions): Stack {
  const { document, lines, value } = readYaml(text, file);
  const tree = interpolateTree(value, lookup);
  const parsed = composeSchema.safeParse(tree.value);
  const problems = [...tree.problems];
  if (!parsed.success) problems.push(...shapeProblems(parsed.error));
  const source = { file, lookup, variables: tree.variables, problems };
  const stack = parsed.success ? buildStack(parsed.data, source) : undefined;
  if (stack !== undefined) problems.push(...checkStack(stack));
  if (stack !== undefined && problems.length === 0) return stack;
  throw unusable(
    file,
    problems
      .map((problem) => ({ ...problem, line: lineOf(document, lines, problem.path) }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, path, reason }) => `line ${line}: ${path.join('.') || 'file'}: ${reason}`),
  );
}

/** The tree of a YAML text, `${…}` as it is written; BadInput with the lines where it is no YAML. */
export function readYaml(source: string, file: string | undefined) {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, merge: true });
  if (document.errors.length > 0) {
    throw unusable(
      file,
      document.errors.map((error) => `line ${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`),
    );
  }
  try {
    return { document, lines, value: document.toJS() as unknown };
  } catch (error) {
    // Too many aliases: the library's guard against files that unfold without end.
    throw unusable(file, [(error as Error).message]);
  }
}

const unusable = (file: string | undefined, problems: string[]) =>
  badInput(
    `${file ?? 'The Compose file'} cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );

const firstLine = (text: string) => text.split('\n')[0]!.replace(/ at line.*$/, '');

interface StackSource {
  file: string | undefined;
  lookup: Lookup;
  /** The variable behind a text of the file, by the JSON of its path. */
  variables: ReadonlyMap<string, string>;
  problems: StackProblem[];
}

/** The stack of a well-formed file; adds to `problems`. */
function buildStack(compose: ComposeFile, { file, lookup, variables, problems }: StackSource): Stack {
  const directory = file === undefined ? '/' : posix.dirname(file);
  const absolute = (path: string) =>
    posix.resolve(
      directory,
      path.replace(/^~\//, () => `${lookup('HOME') ?? ''}/`),
    );
  // The file names the container's port; probes go to the published one.
  const published = (service: string, { ready, ports }: Pick<Service, 'ready' | 'ports'>) => {
    if (ready === undefined) return undefined;
    const port = ports.find(({ container }) => container === ready.port);
    if (port !== undefined) return { ...ready, port: port.host };
    problems.push({
      path: ['services', service, 'x-onex', 'ready', 'port'],
      reason: `${ready.port} is not published: add 127.0.0.1:HOST:${ready.port} to ports`,
    });
    return undefined;
  };
  const services = mapEntries(compose.services, (name, raw): Service => ({
    name,
    ...raw,
    environment: withLookup(raw.environment, lookup),
    ports: raw.ports.map((port, index) => ({
      ...port,
      variable: variables.get(JSON.stringify(['services', name, 'ports', index])),
    })),
    ready: published(name, raw),
    mounts: raw.mounts.map((mount) =>
      mount.kind === 'bind' ? { ...mount, source: absolute(mount.source) } : mount,
    ),
  }));
  return {
    name: compose.name,
    file,
    services,
    volumes: mapEntries(compose.volumes, (name, volume) => {
      const logins = servicesOn(services, name).flatMap((service) => loginSecret(service) ?? []);
      const keys = [...new Set([...logins, ...(volume?.['x-onex']?.keys ?? [])])];
      return { name, engineName: volume?.name ?? `${compose.name}_${name}`, keys };
    }),
    secrets: mapEntries(compose.secrets, (name, secret) => ({
      name,
      ...secret,
      file: posix.resolve(directory, secret.file),
    })),
  };
}

function mapEntries<T, U>(record: Record<string, T>, map: (name: string, value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(name, value)]));
}

// As in Compose, a variable without a value takes that of the operator's environment, and is left out without one.
function withLookup(environment: Map<string, string | undefined>, lookup: Lookup): Record<string, string> {
  const entries = [...environment].map(([key, value]) => [key, value ?? lookup(key)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

// Real Compose fields that somebody may well write, and what to do instead.
const OUTSIDE: Record<string, string> = {
  build: 'images are pulled by tag',
  container_name: 'containers are named PROJECT-SERVICE-1',
  configs: 'use secrets or a bind mount',
  deploy: 'one container per service',
  env_file: 'write environment',
  extends: 'write the service out',
  external: 'volumes belong to the stack',
  driver: 'local volumes only',
  include: 'one file per stack',
  network_mode: 'only the default network is supported',
  privileged: 'services run without privileges',
  cap_add: 'services run without privileges',
  expose: 'the services of a stack reach each other without it',
  hostname: 'a service is reached by its name',
  logging: "the engine's own log driver is used",
  scale: 'one container per service',
  start_interval: 'engines before 25 ignore it silently',
  version: 'obsolete in Compose: remove it',
  pull_policy: 'an image is pulled when it is absent',
  platform: "the engine's own platform is used",
};

function shapeProblems(error: z.ZodError): StackProblem[] {
  return zodProblems(error, composeSchema).map(({ path, message }) => {
    const instead = message.startsWith('unknown field') ? OUTSIDE[String(path.at(-1))] : undefined;
    const reason = instead === undefined ? message : `outside the supported part of Compose (${instead})`;
    return { path, reason };
  });
}

/** The line of a path, or of its nearest ancestor that stands in the file. */
function lineOf(document: Document, lines: LineCounter, path: (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
