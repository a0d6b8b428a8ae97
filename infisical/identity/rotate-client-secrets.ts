import { refused } from '../../contracts/core/failures';
import { keepRotation, noteSwitched, readRotation } from '../../environment/files/rotations';
import { unless } from '../problem';
import { login } from '../session';
import { becomeAdmin, type EnsureAdminInput } from './administrator';
import { clearLockouts, create, liveSecrets, oursExcept, prove, revokeAll } from './client-secrets';
import type { IdentitySettings, WantedIdentity } from './identity';
import { completeIdentity, readIdentityState, saveIdentityState, type IdentityRole } from './state';

/** The name of this rotation. */
export const CLIENT_SECRETS = 'client-secrets';

/** Whose client secrets are made anew, and who does it. */
export interface ClientSecretsInput extends EnsureAdminInput {
  identities: readonly (Pick<WantedIdentity, 'role' | 'name'> & {
    settings: Pick<IdentitySettings, 'secretSeconds'>;
  })[];
  /** Marks what we made on the server. */
  tag: string;
}

/**
 * A second client secret for each identity, kept and proven; the first one goes on working. One whose answer was lost by a
 * kill is revoked, one that is there already is used.
 */
export async function prepareClientSecrets(input: ClientSecretsInput): Promise<string[]> {
  const { stateDir } = input;
  const { session, holders } = await enter(input);
  for (const holder of holders) {
    const { role, current, place } = holder;
    const { fresh, old } = await readRotation(stateDir, CLIENT_SECRETS);
    const live = await liveSecrets(session, place);
    const known = live.some(({ id }) => id === fresh[role]?.id) ? fresh[role] : undefined;
    // a secret that works but whose id was lost may be any of these
    if (current.id !== undefined)
      await revokeAll(session, place.identityId, oursExcept(live, current.id, known?.id, old[role]?.id));
    if (known === undefined) {
      const { clientSecret, clientSecretId, issuedAt } = await create(session, place);
      await keepRotation(stateDir, CLIENT_SECRETS, {
        fresh: { ...fresh, [role]: { secret: clientSecret, id: clientSecretId, issuedAt } },
        old: { ...old, [role]: current },
        switchedAt: undefined,
      });
    }
    const made = (await readRotation(stateDir, CLIENT_SECRETS)).fresh[role]!;
    await prove(session, place, made.secret);
  }
  return holders.map(({ name }) => `made a second client secret for ${name}`);
}

/** Has everything here log in with the new ones; says when, where it did so before. */
export async function switchClientSecrets(
  { stateDir }: Pick<ClientSecretsInput, 'stateDir'>,
  writeEnvFiles: () => Promise<{ changes: string[] }>,
): Promise<{ changes: string[]; at: number }> {
  const { fresh } = await readRotation(stateDir, CLIENT_SECRETS);
  const state = await readIdentityState(stateDir);
  if (state === undefined) throw neverMade();
  const identities = { ...state.identities };
  for (const [role, { secret, id, issuedAt }] of Object.entries(fresh))
    identities[role] = { ...identities[role]!, clientSecret: secret, clientSecretId: id, issuedAt };
  await saveIdentityState(stateDir, { ...state, identities });
  const { changes } = await writeEnvFiles();
  return { changes, at: await noteSwitched(stateDir, CLIENT_SECRETS) };
}

/** Revokes the old ones, and proves that they are dead and the new ones are not. */
export async function retireClientSecrets(input: ClientSecretsInput): Promise<string[]> {
  const { stateDir, http } = input;
  const { session, holders } = await enter(input);
  const done: string[] = [];
  for (const { role, name, current, place } of holders) {
    const live = await liveSecrets(session, place);
    await revokeAll(session, place.identityId, oursExcept(live, current.id));
    const left = oursExcept(await liveSecrets(session, place), current.id);
    if (left.length > 0)
      throw refused(
        `Infisical still lists ${left.length} client secrets of ${name} that were revoked: ${left.join(', ')}. Revoke them there.`,
      );
    const { old } = await readRotation(stateDir, CLIENT_SECRETS);
    const { [role]: before, ...others } = old;
    if (before === undefined) continue;
    // tried once, whatever is killed: the third refused login would lock the identity
    await keepRotation(stateDir, CLIENT_SECRETS, { old: others });
    const { clientId } = place;
    const entered = await unless(
      login(http, { clientId, clientSecret: before.secret }),
      'unauthorised',
      'lockedOut',
    );
    await clearLockouts(session, place.identityId);
    await prove(session, place, current.secret);
    if (entered !== undefined)
      throw refused(
        `Infisical still lets ${name} in with the client secret that was revoked (${before.id ?? 'of no known id'}). Look at it there.`,
      );
    done.push(`revoked the old client secret of ${name}: it logs in no more`);
  }
  return done;
}

/** An administrator, and the identities that are there with what each holds now. */
async function enter(input: ClientSecretsInput) {
  const { stateDir, identities, tag } = input;
  const state = await readIdentityState(stateDir);
  if (state === undefined) throw neverMade();
  const holders = identities.flatMap(({ role, name, settings: { secretSeconds } }) => {
    const complete = completeIdentity(state, role);
    if (complete === undefined) return [];
    const { identityId, clientId, clientSecret } = complete;
    const current = { secret: clientSecret, id: state.identities[role]?.clientSecretId };
    const place = { identityId, clientId, tag, secretSeconds };
    return [{ role: role satisfies IdentityRole, name, current, place }];
  });
  const need = 'client secrets are to be rotated';
  const { session } = await becomeAdmin({ ...input, organizationId: state.organizationId, need });
  return { session, holders };
}

const neverMade = () =>
  refused(
    'No identity of this environment was made here, so there is no client secret to rotate: one that was given is rotated where it was made, and then declared again (onex-bootstrap declare).',
  );
