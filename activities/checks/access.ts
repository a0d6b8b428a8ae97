import { someOf } from '../../contracts/core/some-of';
import { connect } from 'node:tls';
import { checkClock, infisicalClock } from '../../environment/machine';
import type { Environment } from '../../environment/environment';
import { openStore } from '../../infisical/access/access';
import { clientSecretAges, pendingIdentities, wantedIdentities } from '../../infisical/access/identities';
import { InfisicalHttp } from '../../infisical/http';
import { inWords } from '../../infisical/identity/identity';
import { readIdentityState } from '../../infisical/identity/state';
import { isInfisicalError, means } from '../../infisical/problem';
import { generationName, readInstance, readStatus } from '../../infisical/server';
import { clockDrift } from './machine';
import { fine, Unseen, type Look, type Unlike } from './check';

const AWAY = 'start that Infisical, or look into its log';
const DAY_MS = 86_400_000;
const SOON_DAYS = 14; // whoever renews certificates by hand needs some

/** Infisical answers, was set up, and its clock is right. */
export async function infisical(environment: Environment): Promise<Look> {
  const address = await environment.infisicalAddress();
  const http = new InfisicalHttp(address, environment.trust);
  const status = await reaching(environment, () => readStatus(http));
  if (status.state === 'starting') throw new Unseen(status.reason, awayOf(environment));
  const [{ initialized, allowSignUp }, generation, clock] = await Promise.all([
    readInstance(http),
    generationName(http),
    infisicalClock(address),
  ]);
  if (!initialized) {
    const what = `${address} was never set up: whoever reaches it can`;
    return { what, drifts: [{ kind: 'instance', name: address, is: 'was never set up', heals: false }] };
  }
  const [problem] = clock === undefined ? [] : checkClock(clock);
  if (problem !== undefined) return clockDrift('Infisical', problem.message);
  return fine(`${address} (${generation})${allowSignUp ? ', anybody may sign up' : ''}`);
}

/** All that there should be are known, made as declared, and log in. */
export async function identities(environment: Environment): Promise<Look> {
  const pending = await pendingIdentities(environment);
  const drifts: Unlike[] = pending.map(({ name, is }) => ({
    kind: 'identity',
    name,
    is: is === 'missing' ? 'missing' : 'made with other rights, ages or addresses than declared',
    heals: is === 'missing',
  }));
  const unmade = pending.filter(({ is }) => is === 'missing').map(({ role }) => role);
  for (const { role, name } of wantedIdentities(environment)) {
    if (unmade.includes(role)) continue;
    const isIn = await reaching(environment, () => logsIn(environment, role));
    // whether it was deleted or revoked, and why, nobody but an administrator can tell
    if (!isIn) drifts.push({ kind: 'identity', name, is: 'does not log in', heals: false });
  }
  const stored = (await readIdentityState(environment.stateDir))?.identities ?? {};
  if (drifts.length > 0)
    return { what: `not as declared: ${drifts.map(({ name, is }) => `${name}: ${is}`).join(', ')}`, drifts };
  const scopes = wantedIdentities(environment).flatMap(({ role, name, settings: { grant } }) => {
    const { reach = 'as granted' } = stored[role] ?? {};
    return stored[role] === undefined ? [] : [`${name} may ${inWords(grant, reach)}`];
  });
  return fine(scopes.length === 0 ? 'a given one logs in' : `all log in: ${someOf(scopes, '; ')}`);
}

/** No client secret is older than is declared. */
export async function ages(environment: Environment): Promise<Look> {
  const known = await clientSecretAges(environment);
  if (known.length === 0) return fine('no client secret was made here');
  const mend = `onex-bootstrap rotate client-secrets -e ${environment.environment}`;
  const drifts = known.flatMap(({ name, made }): Unlike[] => {
    if (made === undefined || made.due > Date.now()) return [];
    const is = `its client secret was made on ${dayOf(made.at)}, to be rotated by ${dayOf(made.due)}`;
    return [{ kind: 'identity', name, is, heals: false, mend }];
  });
  const unknown = known.flatMap(({ name, made }) => (made === undefined ? [name] : []));
  if (drifts.length === 0 && unknown.length > 0)
    throw new Unseen(`nobody noted when the client secrets of ${someOf(unknown)} were made`, mend);
  const tokens = `tokens hold ${environment.limits.tokenSeconds / 3_600} h`;
  const aged = known.map(
    ({ name, made }) => `${name} ${made === undefined ? 'unknown' : daysSince(made.at)}`,
  );
  return { what: `client secrets: ${someOf(aged)}; ${tokens}`, drifts };
}

/** `1 day`, `12 days`. */
export function daysSince(time: number): string {
  const days = Math.max(0, Math.floor((Date.now() - time) / DAY_MS));
  return `${days} day${days === 1 ? '' : 's'}`;
}

/** `2026-11-28`, in UTC. */
export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

async function logsIn(environment: Environment, role: Parameters<typeof openStore>[1]): Promise<boolean> {
  try {
    if ((await openStore(environment, role)) === undefined) throw new Unseen(`no ${role} identity yet`);
    return true;
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised')) return false;
    throw error;
  }
}

/** The certificate of an Infisical behind TLS holds for some days yet. */
export async function certificate(environment: Environment): Promise<Look> {
  const { protocol, hostname, port } = new URL(await environment.infisicalAddress());
  if (protocol !== 'https:') return fine('none, since Infisical is spoken to in clear');
  const until = await new Promise<Date>((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    // whether it is trusted is told by every other request
    const socket = connect({ host, port: Number(port || 443), servername: host, rejectUnauthorized: false });
    socket
      .setTimeout(5_000, () => socket.destroy(new Unseen('no answer within 5 s')))
      .once('error', (error) => reject(error instanceof Unseen ? error : new Unseen('no TLS answer')))
      .once('secureConnect', () => {
        resolve(new Date(socket.getPeerCertificate().valid_to));
        socket.destroy();
      });
  });
  const days = Math.floor((until.getTime() - Date.now()) / DAY_MS);
  const what = `${days} days left, until ${until.toISOString().slice(0, 10)}`;
  if (days >= SOON_DAYS) return fine(what);
  const [is, mend] = [days < 0 ? 'expired' : 'expires soon', 'renew it'];
  const seen = until.toISOString();
  return {
    what,
    drifts: [{ kind: 'condition', name: 'certificate of Infisical', is, heals: false, mend, seen }],
  };
}

const awayOf = ({ external }: Environment) => (external === undefined ? undefined : AWAY);

/** Says what mends an outage of an Infisical that somebody else runs. */
async function reaching<T>(environment: Environment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (means(error, 'outage')) throw new Unseen(error.message, awayOf(environment));
    throw error;
  }
}
