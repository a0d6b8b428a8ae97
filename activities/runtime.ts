import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { refused, unavailable } from '../contracts/core/failures';
import { named } from '../contracts/core/named';
import type { Secret } from '../contracts/core/secret';
import { knowSecrets } from '../contracts/core/secret-scope';
import { someOf } from '../contracts/core/some-of';
import type { RunRef } from '../contracts/run/run-ref';
import type { RuntimeRow } from '../contracts/run/summaries';
import { exchange } from '../environment/network/exchange';
import type { Host } from '../environment/host';
import {
  deliveredTo,
  digestOfFiles,
  noteDelivered,
  openNodesDir,
  showNodeFiles,
  showProofKey,
  shownNodeFiles,
  type NodeFile,
} from '../environment/node-files';
import { currentProgress, currentRun } from '../environment/progress';
import { runService } from '../environment/services';
import type { NodeRow } from '../environment/reports';
import { secretValues } from '../stack/compose/secret-values';
import type { Service } from '../stack/compose/stack';
import { signalService } from '../stack/engine/containers';

const PROOF_TIMEOUT_MS = 5_000; // a local answer over a few dozen digests
const READS_AGAIN_MS = 10_000; // some dozens of files, on a busy machine
const MOST_ASKS = 20;
const proofSchema = named(named(z.string()));

/** The services that the whole chain is for. */
export const runtimeActivities = (host: Host) => ({
  /**
   * Starts a runtime service with exactly the files of its nodes, and asks it for proof. When they changed, it is made
   * anew, told to read them again, or left alone, as its stack file says.
   */
  async startRuntime(run: RunRef, name: string): Promise<RuntimeRow> {
    const environment = await host.open(run);
    const service = await environment.service(name);
    const rows = await environment.reports.nodesOf(currentRun().runId);
    const own = rows.filter(({ node }) => service.nodes === '*' || service.nodes?.includes(node));
    const reason = whyNot(own);
    if (reason !== undefined) return held(service, own.length, reason);
    const nodes = own.map(({ node }) => node);
    await openNodesDir(environment.nodesDir, await host.installation());
    await showNodeFiles(environment.nodesDir, name, nodes);
    const files = await shownNodeFiles(environment.nodesDir, name, nodes);
    for (const { values } of files) knowSecrets(secretValues(Object.entries(values)));
    const { onChange = 'restart' } = service;
    const inputs = digestOfFiles(files, await environment.key());
    const before = await deliveredTo(environment.stateDir, name);
    const isMadeAnew = onChange === 'restart' ? { inputs } : {};
    const row = await runService(environment, name, { ...currentProgress(), ...isMadeAnew });
    const isBehind = row.action === 'kept' && before !== inputs;
    const signalled = isBehind && onChange === 'signal';
    const key = await showProofKey(environment.nodesDir, name);
    if (signalled) await signalService(environment.engine(), await environment.stack(), name);
    const isLeft = isBehind && onChange === 'none';
    const ask = (address: string) => prove(address, name, files, key);
    const proof =
      row.address === undefined || isLeft
        ? 'not asked'
        : await (signalled ? soon(ask, row.address) : ask(row.address));
    if (!isLeft) await noteDelivered(environment.stateDir, name, inputs);
    return { ...row, nodes: nodes.length, proof, ...(signalled && { signalled }) };
  },
});

/** A service that was told to read its files again does so in its own time. */
async function soon<T>(ask: (address: string) => Promise<T>, address: string): Promise<T> {
  for (let asked = 1; ; asked++) {
    await sleep(READS_AGAIN_MS / MOST_ASKS);
    try {
      return await ask(address);
    } catch (error) {
      if (asked === MOST_ASKS) throw error;
    }
  }
}

function whyNot(rows: readonly NodeRow[]): string | undefined {
  const withheld = rows.filter(({ file }) => file === 'withheld').map(({ node }) => node);
  if (withheld.length > 0) return `required keys are missing for ${someOf(withheld)}`;
  return rows.length === 0 ? 'no contract declares any of its nodes' : undefined;
}

function held({ name }: Service, nodes: number, reason: string): RuntimeRow {
  return { name, image: '', kind: 'registry', action: 'skipped', reason, nodes, proof: 'not started' };
}

/**
 * Asks a runtime service for the digests of its keys under the key of this run and compares them with what it was given.
 * A service without the route is not asked again: the protocol is an offer, not a duty.
 */
export async function prove(
  address: string,
  service: string,
  files: readonly NodeFile[],
  proofKey: Secret,
): Promise<'proven' | 'not asked'> {
  const answer = await ask(`${address}/proof`);
  if (answer === undefined) return 'not asked';
  const wrong = files.flatMap(({ node, values }) =>
    Object.entries(values)
      .filter(
        ([key, value]) =>
          answer[node]?.[key] !== createHmac('sha256', proofKey.reveal()).update(value).digest('hex'),
      )
      .map(([key]) => `${node}/${key}`),
  );
  if (wrong.length === 0) return 'proven';
  throw refused(
    `${service} holds values other than those it was given: ${someOf(wrong)}. Restart it, or look at its log.`,
  );
}

async function ask(url: string) {
  try {
    const { status, text } = await exchange(url, { signal: AbortSignal.timeout(PROOF_TIMEOUT_MS) });
    if (status === 404) return undefined;
    return proofSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unavailable('The runtime service did not answer when it was asked to prove its keys.', { cause });
  }
}
