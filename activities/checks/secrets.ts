import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { PlanRow } from '../../contracts/plan/plan-row';
import type { RunRef } from '../../contracts/run/run-ref';
import type { Environment } from '../../environment/environment';
import type { Host } from '../../environment/host';
import {
  deliveredTo,
  digestOfFiles,
  hasNodeFile,
  nodeFileOf,
  otherNodeFiles,
  stateOfNodeFile,
  type NodeFile,
} from '../../environment/node-files';
import { readConfigs } from '../prefetch';
import { compareSecrets } from '../seed';
import { Unseen, type Look, type Unlike } from './check';

const MOST_NAMED = 5;

/** The server holds what is declared, and nothing beside it. */
export async function secrets(environment: Environment, run: RunRef, host: Host): Promise<Look> {
  const { rows, observed } = await compareSecrets(
    environment,
    { ...run, dryRun: true, overwrite: false },
    host,
  );
  if (observed === undefined) throw new Unseen('there is no Infisical yet');
  const key = await environment.key();
  const held = new Map(observed.map((secret) => [`${secret.folder}/${secret.key}`, secret]));
  const drifts = rows.flatMap((row): Unlike[] => {
    const is = inWords(row, environment.environment);
    if (is === undefined) return [];
    const name = `${row.folder}/${row.key}`;
    const secret = held.get(name);
    const seen = secret === undefined ? '' : `${secret.version} ${keyedDigest(key, secret.value)}`;
    return [{ kind: 'secret', name, heals: row.action === 'CREATE' || row.action === 'UPDATE', seen, ...is }];
  });
  const what = drifts.length === 0 ? 'as declared' : `${drifts.length} not as declared`;
  return { what: `${observed.length} on the server, ${what}`, drifts };
}

function inWords(
  { action, key, required, reason }: PlanRow,
  environment: string,
): { is: string; mend?: string } | undefined {
  switch (action) {
    case 'CREATE':
      return { is: 'missing' };
    case 'UPDATE':
      return { is: reason ?? 'not what the stack has' };
    case 'KEPT':
      return {
        is: 'differs from the value given',
        mend: `give the new value, or replace it by the one given: onex-bootstrap up -e ${environment} --overwrite ${key}`,
      };
    case 'REFUSED':
      return { is: reason ?? 'the server would alter the value given' };
    case 'MISSING':
      return required ? { is: 'missing, and no value is given', mend: 'give a value (--values)' } : undefined;
    case 'UNMANAGED':
      return {
        is: 'unmanaged: nobody declares it',
        mend: `delete it (onex-bootstrap prune -e ${environment}), or accept it`,
      };
    case 'UNCLAIMED':
    case 'UNCHANGED':
      return undefined;
    default:
      return action satisfies never;
  }
}

/** The files of the nodes that the last run configured are there. */
export async function knownNodeFiles({ nodesDir, reports }: Environment): Promise<Look> {
  const nodes = (await reports.lastNodes()) ?? [];
  const configured = nodes.filter(({ file }) => file !== 'withheld').map(({ node }) => node);
  const gone = configured.filter((node) => !hasNodeFile(nodesDir, node));
  const more = gone.length > MOST_NAMED ? ` and ${gone.length - MOST_NAMED} more` : '';
  const names = gone.slice(0, MOST_NAMED).join(', ');
  return {
    what:
      gone.length === 0
        ? `${nodesDir}, ${configured.length} by the last run`
        : `${nodesDir} lacks the files of ${names}${more} (a restart of the machine empties a tmpfs)`,
    drifts: gone.map((name) => ({ kind: 'node file', name, is: 'missing', heals: true })),
  };
}

/** Every node's file holds what the server and the declaration say now. */
export async function nodeFiles(environment: Environment, run: RunRef): Promise<Look> {
  const { nodesDir } = environment;
  const { configs, unread, service: other, isSeen } = await readConfigs(environment, run);
  if (!isSeen) throw new Unseen('there is no Infisical yet');
  const key = await environment.key();
  const drifts: Unlike[] = [];
  for (const { node, values, missingRequired, service = other } of configs) {
    const [lacking, ...more] = missingRequired;
    if (lacking !== undefined) {
      const is = `lacks ${lacking}${more.length > 0 ? ` and ${more.length} more` : ''}`;
      drifts.push({ kind: 'node file', name: node, is, heals: false });
      continue;
    }
    const state = await stateOfNodeFile(nodesDir, { node, service, values });
    if (state === 'current') continue;
    const wanted = JSON.stringify([...values].map(([name, value]) => [name, value.reveal()]));
    drifts.push({
      kind: 'node file',
      name: node,
      is: state,
      heals: true,
      seen: keyedDigest(key, new Secret(wanted)),
    });
  }
  const declared = configs.map(({ node }) => node);
  const others = unread > 0 ? [] : await otherNodeFiles(nodesDir, declared);
  for (const { node } of others)
    drifts.push({
      kind: 'node file',
      name: node,
      is: 'of a node that is not declared any more',
      heals: false,
    });
  if (environment.external === undefined && others.length === 0) {
    const files = configs.map((config) =>
      config.missingRequired.length > 0
        ? { node: config.node, file: undefined }
        : { node: config.node, file: nodeFileOf({ ...config, service: config.service ?? other }) },
    );
    drifts.push(...(await behind(environment, files)));
  }
  return { what: `${configs.length} nodes in ${nodesDir}`, drifts };
}

/** Services that run with what their nodes were given before. */
async function behind(
  environment: Environment,
  files: { node: string; file: NodeFile | undefined }[],
): Promise<Unlike[]> {
  const key = await environment.key();
  const found: Unlike[] = [];
  for (const { name, nodes, onChange } of Object.values((await environment.stack()).services)) {
    const own = files.filter(({ node }) => nodes === '*' || nodes?.includes(node));
    const given = own.flatMap(({ file }) => file ?? []);
    const noted = await deliveredTo(environment.stateDir, name);
    if (noted === undefined || onChange === 'none' || given.length < own.length) continue;
    const wanted = digestOfFiles(given, key);
    if (wanted !== noted)
      found.push({ kind: 'container', name, is: 'runs with values of before', heals: true, seen: wanted });
  }
  return found;
}
