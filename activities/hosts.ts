import { refused, badInput } from '../contracts/core/failures';
import { environmentQueue } from '../contracts/core/names';
import { zodLines } from '../contracts/core/zod-problems';
import {
  claimsSchema,
  type Admission,
  type HostOutcome,
  type HostsPage,
  type SignedOrder,
} from '../contracts/run/hosts';
import type { RunRef } from '../contracts/run/run-ref';
import type { Host } from '../environment/host';
import { claimsDigest, homePublicKey } from '../environment/hosts/keys';
import { credentialOrder, leaveOrder } from '../environment/hosts/orders';
import {
  acceptHost,
  keepAsking,
  knownHost,
  noteHost,
  readHosts,
  type HostRecord,
} from '../environment/hosts/records';
import { currentProgress, currentRun } from '../environment/progress';
import { endHostIdentity, ensureHostIdentity } from '../infisical/access/hosts';
import { attempt } from '../infisical/problem';

function assertAccepted({ name, accepted, asks }: HostRecord, environment: string): void {
  if (accepted !== undefined) return;
  const how =
    asks === undefined ? '' : `: onex-bootstrap hosts accept ${name} ${claimsDigest(asks)} -e ${environment}`;
  throw badInput(`${name} waits to be accepted${how}`);
}

const PAGE = 100; // names and queues of so many are below 32 KiB

/** What an environment's home does for the hosts that joined it. */
export const hostsActivities = (host: Host) => ({
  /** Keeps what a host asks to be; it is that once an operator accepts it, or the declaration accepts all. */
  async askToJoin(run: RunRef, given: unknown): Promise<Admission> {
    const { environment, stateDir, declaration } = await host.open(run);
    const claims = claimsSchema.safeParse(given);
    if (!claims.success)
      throw badInput(
        `What a host asks cannot be used: ${zodLines(claims.error, claimsSchema, 'host').join('; ')}.`,
      );
    if (claims.data.installation === (await host.installation()))
      throw badInput(`This host is the home of ${environment}: it has no need to join it.`);
    let state = await keepAsking(stateDir, claims.data);
    if (state === 'asking' && declaration.acceptHosts === true) {
      await acceptHost(stateDir, claims.data.name, claimsDigest(claims.data));
      state = 'accepted';
    }
    return { state, homeKey: await homePublicKey(stateDir) };
  },

  /** Hosts that were accepted, or have to leave, a page at a time; `only` names those that are meant. */
  async hostsToServe(run: RunRef, after: string, only?: readonly string[]): Promise<HostsPage> {
    const { environment, stateDir } = await host.open(run);
    const meant = only ?? [];
    for (const name of meant) assertAccepted(await knownHost(stateDir, name), environment);
    const all = (await readHosts(stateDir)).flatMap(
      ({ name, accepted, removed = false, forgotten = false }) =>
        accepted === undefined || name <= after || (meant.length > 0 && !meant.includes(name))
          ? []
          : [
              {
                name,
                queue: environmentQueue(environment, accepted.installation),
                isLeaving: removed,
                isForgotten: forgotten,
              },
            ],
    );
    const hosts = all.slice(0, PAGE);
    return { hosts, ...(all.length > PAGE && { next: hosts.at(-1)!.name }) };
  },

  /**
   * What a host has to be told: the credential of its own identity, which is made or changed where need be, or to leave, once
   * the server knows it no more. Nothing where it `holds` what it should; `isDead` says that this does not work.
   */
  async hostOrder(
    run: RunRef,
    name: string,
    { holds, isDead = false }: { holds?: string; isDead?: boolean },
  ): Promise<{ changes: string[]; order?: SignedOrder }> {
    if (run.dryRun) throw badInput('What a host is told has no dry run.');
    const environment = await host.open(run);
    const { stateDir } = environment;
    const { accepted, asks, removed = false } = await knownHost(stateDir, name);
    if (accepted === undefined) throw refused(`${name} was not accepted. What it asks: onex-bootstrap hosts`);
    const to = { environment: environment.environment, recipient: accepted.recipient };
    return attempt(`the identity of ${name}`, async () => {
      if (removed)
        return {
          changes: await endHostIdentity(environment, name, currentProgress()),
          order: await leaveOrder(stateDir, to),
        };
      const { nodes, unread } = await environment.declared(run.service, currentRun().runId);
      const known = { nodes, unread, holds, isDead };
      const { changes, credential } = await ensureHostIdentity(
        environment,
        accepted,
        known,
        currentProgress(),
      );
      if (isDead && asks !== undefined && credential === undefined && changes.length === 0)
        throw refused(
          `${name} asks to be something else than was accepted, and stays what it was until that is accepted: onex-bootstrap hosts`,
        );
      return { changes, ...(credential && { order: await credentialOrder(stateDir, to, credential) }) };
    });
  },

  /** Keeps how the hosts' shares of the run ended, for `hosts` and `status`. */
  async noteHosts(run: RunRef, ended: readonly [name: string, outcome: HostOutcome][]): Promise<void> {
    const { stateDir } = await host.open(run);
    for (const [name, outcome] of ended) await noteHost(stateDir, name, outcome);
  },
});
