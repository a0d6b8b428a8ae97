import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Secret } from '../contracts/core/secret';
import { refuseKeys } from '../contracts/node-contract/contract';
import { namesOfDotenv } from '../stack/compose/dotenv';
import { envFilesOf, stackVariables } from '../stack/compose/stack-variables';
import type { Configuration } from './configuration';
import type { ContractReader } from './contract-reader';
import type { Declaration } from './declaration';
import { stackFiles } from './declared-files';

/** Variables that identify somebody at an Infisical; a declaration takes them where they are set. */
const CREDENTIALS = [
  'INFISICAL_ADDR',
  'INFISICAL_ADMIN_EMAIL',
  'INFISICAL_ADMIN_PASSWORD',
  'INFISICAL_CLIENT_ID',
  'INFISICAL_CLIENT_SECRET',
  'INFISICAL_PROJECT_ID',
  'ONEX_LAST_KNOWN_GOOD_KEY',
];

/** Filled by ourselves wherever a stack file names them. */
const OWN = ['ONEX_ENVIRONMENT', 'ONEX_STATE_DIR', 'ONEX_NODES_DIR'];

/** The values of those variables that the environment's own files name, so that nothing else of a shell is stored. */
export async function variablesOf(
  { infrastructure, contracts: paths, allowKeys }: Omit<Declaration, 'variables'>,
  { variables, fromDotenv }: Pick<Configuration, 'variables' | 'fromDotenv'>,
  contracts: ContractReader,
): Promise<Map<string, Secret>> {
  const ofStack = variablesOfStack(stackFiles(infrastructure));
  const files = refuseKeys(await contracts.read(paths), allowKeys);
  const keys = files.flatMap(({ requirements }) => requirements.map(({ key }) => key));
  const ofShell = ofStack.filter((name) => !fromDotenv.has(name)); // the stack reads that file by itself
  const names = [...new Set([...CREDENTIALS, ...ofShell, ...keys])].sort();
  return new Map(
    names.flatMap((name) => {
      const value = variables.get(name);
      return value === undefined || OWN.includes(name) ? [] : [[name, value] as const];
    }),
  );
}

// What is wrong with the file is said at preflight, with its line.
function variablesOfStack({
  file,
  envFiles = [],
}: {
  file?: string | undefined;
  envFiles?: string[] | undefined;
}): string[] {
  const read = (path: string, names: (text: string) => string[]) => {
    try {
      return names(readFileSync(path, 'utf8'));
    } catch {
      return [];
    }
  };
  if (file === undefined) return [];
  const ofServices = read(file, envFilesOf).map((path) => resolve(dirname(file), path));
  return [
    ...read(file, (text) => stackVariables(text, file)),
    ...[...envFiles, ...ofServices].flatMap((path) => read(path, namesOfDotenv)),
  ];
}
