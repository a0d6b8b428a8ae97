import { badInput, refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { someOf } from '../../contracts/core/some-of';
import type { FolderNames } from '../../contracts/folders';
import { promoted } from '../../contracts/plan/promotion';
import { seedTargets, type SeedTarget, type SeedTargets } from '../../contracts/plan/seed-targets';
import type { Promotion, RunRef } from '../../contracts/run/run-ref';
import { TRANSPORTS, resolveTransport } from '../../contracts/transports';
import { readGivenValues } from '../../environment/declared-contracts';
import type { Environment } from '../../environment/environment';
import { readSecretFile } from '../../environment/files/state-file';
import type { Host } from '../../environment/host';
import { currentProgress } from '../../environment/progress';
import { workStore } from '../access/access';
import { attempt } from '../problem';
import { listSecrets } from './secrets';

const POSTGRES_PASSWORD = 'postgres_password';

/** What there should be in the environment, with the values that were given for it; and notes about the files. */
export async function readTargets(
  environment: Environment,
  { service, promotion }: RunRef,
  host: Host,
): Promise<SeedTargets & { notes: string[] }> {
  const { nodes, registry, folders, overlay } = await environment.declared(service);
  const otherOverlays = await environment.overlaysOfHosts();
  const nothing = { shared: new Map(), services: new Map(), warnings: [] };
  const given = promotion === undefined ? await readGivenValues(environment.declaration) : nothing;
  const { machineClass } = environment;
  const password = await stackPassword(environment);
  const stackValues: Parameters<typeof seedTargets>[0]['stackValues'] =
    password === undefined ? [] : [{ folder: folders.database, key: 'POSTGRES_PASSWORD', value: password }];
  const targets = seedTargets({
    nodes,
    registry,
    folders,
    machineClass,
    overlay,
    otherOverlays,
    values: given.shared,
    serviceValues: given.services,
    stackValues,
  });
  if (promotion === undefined) return { ...targets, notes: given.warnings };
  const copied = await promotedTargets(targets.targets, { environment, folders, promotion }, host);
  return { ...targets, targets: copied, warnings: [], serviceOverrideRequired: new Set(), notes: [] };
}

/** What another environment of this host has for these targets, read with its runtime identity. */
async function promotedTargets(
  targets: readonly SeedTarget[],
  {
    environment,
    folders,
    promotion,
  }: { environment: Environment; folders: FolderNames; promotion: Promotion },
  host: Host,
): Promise<SeedTarget[]> {
  const { from, keys, transport } = promotion;
  const { environment: to } = environment;
  if (from === to) throw badInput(`${from} and ${to} are the same environment: name two.`);
  const source = await host.newest(from);
  const named = transport === undefined ? undefined : resolveTransport(transport);
  if (transport !== undefined && named === undefined)
    throw badInput(`There is no transport of that name. Those there are: ${TRANSPORTS.join(', ')}.`);
  const observed = await attempt(`reading ${from}`, async () => {
    const store = await workStore(source, 'runtime', currentProgress());
    if (store === undefined)
      throw refused(`There is no Infisical of ${from} to read from: run onex-bootstrap up -e ${from}`);
    return listSecrets(store.session, store.scope);
  });
  const { targets: copied, problems } = promoted(targets, folders, {
    observed,
    folders: (await source.declared(undefined)).folders,
    keys,
    folder: named && folders[named],
  });
  if (problems.length > 0)
    throw badInput(`From ${from} to ${to} cannot be copied: ${someOf(new Set(problems))}.`);
  return copied;
}

async function stackPassword(environment: Environment): Promise<Secret | undefined> {
  if (environment.external !== undefined) return undefined;
  const declared = (await environment.stack()).secrets[POSTGRES_PASSWORD];
  return declared === undefined ? undefined : readSecretFile(declared.file);
}
