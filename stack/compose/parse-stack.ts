import type { z } from 'zod';
import { zodProblems } from '../../contracts/core/zod-problems';
import { buildStack } from './build-stack';
import { checkStack } from './check-stack';
import { composeSchema } from './compose-schema';
import { infisicalProblems } from './infisical-service';
import { interpolateTree, isGivenBy, type Lookup } from './interpolate';
import { readYaml, unusable } from './read-yaml';
import type { Stack, StackProblem } from './stack';

export interface StackOptions {
  /** Absolute path of the text: relative paths start from its folder, messages name it. */
  file?: string;
  /** Variables of `${…}`. */
  lookup: Lookup;
  /** The text of an env_file by its absolute path; undefined where there is none. Throws the reason for one that cannot be read. */
  readEnvFile?: (path: string) => string | undefined;
  /** Whether the stack must bring what a whole run needs: an Infisical that answers this host. */
  whole?: boolean;
}

/** Reads a Compose file of the supported subset. Every problem, with its line, is in the one BadInput that it throws. */
export function parseStack(text: string, options: StackOptions): Stack {
  const { file, lookup, readEnvFile = () => undefined, whole = false } = options;
  const { value, lineOf } = readYaml(text, file);
  const tree = interpolateTree(value, lookup);
  const parsed = composeSchema.safeParse(tree.value);
  const problems = [...tree.problems];
  if (!parsed.success) problems.push(...shapeProblems(parsed.error));
  const isGiven = isGivenBy(tree.variables);
  const source = { file, lookup, readEnvFile, variables: tree.variables, isGiven, problems };
  const stack = parsed.success ? buildStack(parsed.data, source) : undefined;
  if (stack !== undefined) problems.push(...checkStack(stack, isGiven));
  if (stack !== undefined && whole && problems.length === 0) problems.push(...infisicalProblems(stack));
  if (stack !== undefined && problems.length === 0) return stack;
  throw unusable(
    file,
    problems
      .map((problem) => ({ ...problem, line: lineOf(problem.path) }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, path, reason }) => `line ${line}: ${path.join('.') || 'file'}: ${reason}`),
  );
}

const PRIVILEGES =
  'services run without privileges over this host: leave it out, or run that service outside of this file';
const OWN_NETWORKS =
  'a service joins networks of the stack: write networks, and ports for what the host reaches';

// Real Compose fields that somebody may well write, and what to do instead.
const OUTSIDE: Record<string, string> = {
  build: 'images come by their tag: build it beforehand and write image',
  include: 'one file per stack: write its services here',
  extends: "write the service's fields here, or share them by &name and <<: *name",
  models: 'run it as a service',
  provider: 'run it as a service with an image',
  network_mode: OWN_NETWORKS,
  links: 'services of a network reach each other by name: remove it, and write depends_on for the order',
  external_links: OWN_NETWORKS,
  volumes_from: 'name the volume in both services',
  driver_opts: 'data stays on this host, where its volume is guarded: remove it, or mount ./path',
  privileged: PRIVILEGES,
  devices: PRIVILEGES,
  device_cgroup_rules: PRIVILEGES,
  gpus: PRIVILEGES,
  pid: PRIVILEGES,
  ipc: PRIVILEGES,
  uts: PRIVILEGES,
  userns_mode: PRIVILEGES,
  cgroup: PRIVILEGES,
  cgroup_parent: PRIVILEGES,
  runtime: PRIVILEGES,
  sysctls: PRIVILEGES,
  use_api_socket: PRIVILEGES,
  group_add: 'write user: USER:GROUP',
  scale: 'one container per service: remove it',
  platform: "the engine's own platform is used: remove it",
  tty: 'a service has no terminal here: remove it',
  stdin_open: 'a service has no terminal here: remove it',
  post_start: 'do it in the image, or in a service of its own that depends_on this one',
  pre_stop: "do it in the image's own handling of the stop signal",
  content: 'write it to a file and name that by file',
  environment: 'write it to a file and name that by file',
  label_file: 'write labels',
};

/** What is wrong with the shape of a stack file, in the words of its fields. */
function shapeProblems(error: z.ZodError): StackProblem[] {
  return zodProblems(error, composeSchema).map(({ path, message }) => {
    const field = String(path.at(-1));
    const instead =
      message.startsWith('unknown field') && Object.hasOwn(OUTSIDE, field) ? OUTSIDE[field] : undefined;
    return {
      path,
      reason: instead === undefined ? message : `outside the supported part of Compose (${instead})`,
    };
  });
}
