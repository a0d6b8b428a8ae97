import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  nodeFileOf,
  runtimeEnvOf,
  stateOf,
  temporalServer,
  upArguments,
  variablesOf,
} from '../../harness/product';
import { administrator, plantSecret } from '../../harness/secrets';
import { hostPlaces, places, type Setting } from './job';
import { newValue, READ, type Planted, type Preparation, type Run } from './preparation';

const NAME = 'edge';
const CLASS = 'edge';
const CONTRACTS = '/tmp/contracts';
/** A key of the example's contracts that the machine class has a value of its own for. */
const KEY = 'POSTGRES_HOST';

const variables = (): Record<string, string> => ({
  ...variablesOf(hostPlaces),
  ONEX_HOST: NAME,
  ONEX_LAST_KNOWN_GOOD_KEY: 'of-the-host-alone', // declared, and gone when it leaves
  TEMPORAL_ADDRESS: `127.0.0.1:${temporalServer(places).port}`,
});

/** Gives the machine class of the host another value. */
function writeOverlay(): string {
  const value = newValue();
  writeFileSync(join(CONTRACTS, 'overlays', `${CLASS}.yaml`), `overrides: { ${KEY}: ${value} }\n`);
  return value;
}

/** The home declares contracts with an overlay, and the host has asked to join: its worker needs that. */
async function declareFleet(run: Run, { given }: Setting): Promise<void> {
  if (!existsSync(CONTRACTS)) {
    mkdirSync(join(CONTRACTS, 'overlays'), { recursive: true });
    for (const folder of given.contracts)
      cpSync(folder, join(CONTRACTS, basename(folder)), { recursive: true });
    writeOverlay();
    await run(upArguments(places.environment, { ...given, contracts: [CONTRACTS] }));
  }
  if (!existsSync(join(stateOf(hostPlaces), 'declaration.json'))) await ask(run);
}

const joining = () => {
  const { address } = administrator(places);
  return ['join', CONTRACTS, '--infisical', address, '--machine-class', CLASS];
};

/** Joins as if for the first time. Gives the arguments that accept it. */
async function ask(run: Run): Promise<string[]> {
  if (readRecord() !== undefined) await run(['hosts', 'remove', NAME]);
  await run.withHome(() => run(joining(), variables()));
  const told = await run(['hosts']);
  const [, digest = ''] = new RegExp(`hosts accept ${NAME} (\\S+)`).exec(told) ?? [];
  return ['hosts', 'accept', NAME, digest];
}

let isSeeded = false;

/** It is accepted, holds what it should, and a run has seeded the values of its class. */
async function ensureServed(run: Run): Promise<void> {
  if (!existsSync(runtimeEnvOf(hostPlaces))) await run(await ask(run));
  if (!isSeeded) await run(['up', '--json']);
  isSeeded = true;
}

interface HostRecord {
  accepted?: object;
  removed?: boolean;
  last?: { outcome: string };
}

function readRecord(): HostRecord | undefined {
  const path = join(stateOf(places), 'hosts', `${NAME}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as HostRecord) : undefined;
}

/** What the home knows of the host, and whether that holds the client secret which the home made for it. */
export function fleetNames(): string[] {
  const record = readRecord();
  const [made, held] = [secretOf(stateOf(places), `host/${NAME}`), secretOf(stateOf(hostPlaces), 'runtime')];
  const { accepted, removed = false, last } = record ?? {};
  return [
    ...(record === undefined
      ? []
      : [
          `the host is ${removed ? 'removed' : accepted === undefined ? 'asking' : 'accepted'}, was ${last?.outcome ?? 'not served'}`,
        ]),
    ...(held === undefined ? [] : [`the host holds ${held === made ? 'the' : 'another'} client secret`]),
  ];
}

function secretOf(folder: string, role: string): string | undefined {
  const path = join(folder, 'identity.json');
  if (!existsSync(path)) return undefined;
  const { identities } = JSON.parse(readFileSync(path, 'utf8')) as {
    identities: Record<string, { clientSecret?: string }>;
  };
  return identities[role]?.clientSecret;
}

const byHost = { whose: 'host', variables } as const;
/** Every one begins with what the host is at that moment, whatever the command before has left. */
const ofServed = (of: RegExp, plant?: () => Promise<Planted> | Planted): Preparation & { of: RegExp } => ({
  of,
  reads: READ,
  once: declareFleet,
  beside: byHost,
  plant: async (run: Run) => {
    await ensureServed(run);
    return { ...(await plant?.()) };
  },
});

/** Commands of an environment that has a host: `fleet: ` stands before them. */
export const FLEET: readonly (Preparation & { of: RegExp })[] = [
  {
    of: /^fleet: join contracts/,
    reads: READ,
    once: declareFleet,
    beside: { whose: 'home', variables: () => ({}) },
    plant: async (run) => {
      if (readRecord() !== undefined) await run(['hosts', 'remove', NAME, '--forget']);
      rmSync(hostPlaces.state, { recursive: true, force: true });
      rmSync(hostPlaces.nodes, { recursive: true, force: true });
      return { args: joining(), variables: variables() };
    },
  },
  {
    of: /^fleet: hosts accept/,
    reads: READ,
    once: declareFleet,
    beside: byHost,
    plant: async (run) => {
      if (!isSeeded) await ensureServed(run);
      return { args: [...(await ask(run)), '--wait', '1m'] };
    },
  },
  { ...ofServed(/^fleet: up/, () => ({ values: [writeOverlay()] })), hostReads: true },
  {
    ...ofServed(/^fleet: hosts serve/, async () => {
      rmSync(nodeFileOf(hostPlaces, 'node_payment_effect'), { force: true });
      const value = newValue();
      await plantSecret(places, { folder: `/machine-class/${CLASS}`, key: KEY }, value);
      return { values: [value] };
    }),
    hostReads: true,
  },
  ofServed(/^fleet: hosts remove/),
  { ...ofServed(/^fleet: rotate/), hostReads: true },
];
