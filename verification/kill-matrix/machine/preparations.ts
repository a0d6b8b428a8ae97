import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { containerOf, nodeFileOf, temporalServer, workflowOf } from '../../harness/product';
import { administrator, plantSecret, removeSecret } from '../../harness/secrets';
import { FLEET } from './fleet';
import { places } from './job';
import { declareBackups, newValue, READ, type Planted, type Preparation } from './preparation';
import { REMADE } from './remade';

/** A key of the example's contracts that is rotated and promoted. */
const KEY = { folder: '/shared/http', key: 'HTTP_BASE_URL' };
const OTHER = 'other';

/** A service, a secret and a node's file are missing. */
async function plantDrift(): Promise<Planted> {
  execFileSync('docker', ['rm', '--force', containerOf(places, 'greeter')], { stdio: 'ignore' });
  await removeSecret(places, KEY);
  rmSync(nodeFileOf(places, 'node_order_store_effect'));
  return {};
}

const LOOK_MS = 200;
const ANSWER_MS = 2_000;

/** Approves each plan that waits, by Temporal alone and with no worker, until what it gives is called. */
function approving(): () => Promise<void> {
  let isOver = false;
  const approveWhatWaits = async () => {
    const address = `127.0.0.1:${temporalServer(places).port}`;
    const connection = await Connection.connect({ address, connectTimeout: ANSWER_MS });
    try {
      await connection.withDeadline(Date.now() + ANSWER_MS, async () => {
        const run = new Client({ connection }).workflow.getHandle(workflowOf(places.environment));
        const plan = await run.query<{ digest: string } | null>('pendingPlan');
        if (plan !== null) await run.executeUpdate('approve', { args: [{ digest: plan.digest }] });
      });
    } finally {
      await connection.close();
    }
  };
  const looking = (async () => {
    // killed, not there yet, ended, or approved a moment ago: the next look tells
    for (; !isOver; await sleep(LOOK_MS)) await approveWhatWaits().catch(() => undefined);
  })();
  return () => {
    isOver = true;
    return looking;
  };
}

const PREPARATIONS: readonly (Preparation & { of: RegExp })[] = [
  ...FLEET,
  ...REMADE,
  { of: /^up .*--approve/, reads: READ, plant: plantDrift, meanwhile: approving },
  { of: /^rotate .*(postgres-password|valkey-password|auth-secret)/, reads: READ, stopsInfisical: true },
  {
    of: /^rotate .*--value -/,
    reads: `${KEY.folder}/${KEY.key}`,
    plant: () => {
      const input = newValue();
      return Promise.resolve({ input, values: [input] });
    },
  },
  { of: /^rotate .*HTTP_BASE_URL/, reads: `${KEY.folder}/${KEY.key}` },
  { of: /^backup/, reads: READ, once: declareBackups },
  { of: /^drill/, reads: READ, once: declareBackups },
  { of: /^watch/, reads: READ, plant: plantDrift },
  {
    of: /^prune/,
    reads: READ,
    plant: async (run) => {
      const values = [newValue(), newValue()];
      for (const [index, value] of values.entries())
        await plantSecret(places, { ...KEY, key: `RETIRED_${index}` }, value);
      const plan = JSON.parse(await run(['prune', '--dry-run', '--json'])) as { planId: string };
      return { args: ['prune', '--approved', plan.planId.slice(-16)], values };
    },
  },
  {
    of: /^promote/,
    reads: `${KEY.folder}/${KEY.key}`,
    thenUp: true,
    once: async (run) => {
      const { address, variables } = administrator(places);
      await run(['up', '--environment', OTHER, '--infisical', address], variables);
    },
    plant: async () => {
      const value = newValue();
      await plantSecret({ ...places, environment: OTHER }, KEY, value);
      return { args: ['promote', OTHER, places.environment, KEY.key, '--overwrite'], values: [value] };
    },
  },
];

export const preparationOf = (then: string): Preparation =>
  PREPARATIONS.find(({ of }) => of.test(then)) ?? { reads: READ };
