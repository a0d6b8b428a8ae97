import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { isInfisicalError } from '../../infisical/problem';
import { InfisicalHttp, type RequestRecord } from '../../infisical/http';
import { wantedIdentities } from '../../infisical/access/identities';
import type { ProvisionInput } from '../../infisical/identity/provision';
import { startDevInfisical, type DevInfisical, type DevInfisicalOptions } from '../support/dev-infisical';
import { startPostgres, startRedis } from '../support/local-services';
import { FaultProxy } from '../support/fault-proxy';

/** Identities of one environment, without services of their own. */
export const OF_DEV = {
  environment: 'dev',
  machineClass: undefined,
  limits: { tokenSeconds: 86_400, secretSeconds: 0, trustedIps: [] },
  serviceEnvFiles: {},
};

/** A fresh, empty instance behind a fault proxy, with an empty state directory. */
export interface Instance {
  server: DevInfisical;
  proxy: FaultProxy;
  stateDir: string;
  /** Every request of every client of this instance, as `METHOD route`. */
  requests: string[];
  client: () => InfisicalHttp;
  /** What a bootstrap of this instance asks for. */
  wanted: () => ProvisionInput;
  query: <Row>(sql: string) => Promise<Row[]>;
  namePrefix: string;
  /** The same server and administrator with a state directory, project and identity names of its own. */
  another: () => Promise<Instance>;
}

/** One Postgres and one Redis for a test file; instances share them, a database each. */
export async function startInstances() {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const cleanUps: (() => Promise<unknown>)[] = [];
  let names = 0;

  async function fresh(options: DevInfisicalOptions = {}): Promise<Instance> {
    const [databaseUri, redisUrl] = await Promise.all([postgres.newDatabase(), redis.newDatabase()]);
    const server = await startDevInfisical({ ...options, databaseUri, redisUrl });
    const proxy = await FaultProxy.start(server.url);
    cleanUps.push(server.stop, () => proxy.stop());
    const query = <Row>(sql: string) => run<Row>(databaseUri, sql);
    return instanceOf(server, proxy, query, await stateFolder(), 'onex', 'onex-platform');
  }

  async function stateFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'onex-state-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  function instanceOf(
    server: DevInfisical,
    proxy: FaultProxy,
    query: Instance['query'],
    stateDir: string,
    namePrefix: string,
    slug: string,
  ): Instance {
    const requests: string[] = [];
    const onRequest = ({ method, route }: RequestRecord) => requests.push(`${method} ${route}`);
    const client = () => new InfisicalHttp(proxy.address, { onRequest });
    const wanted = (): ProvisionInput => ({
      http: client(),
      stateDir,
      ofStack: false,
      email: 'admin@onex.local',
      organization: 'onex',
      project: { slug, environments: ['dev', 'qa'] },
      identities: wantedIdentities(OF_DEV).map((each) => ({ ...each, name: `${namePrefix}-${each.role}` })),
      tag: `onex-bootstrap/${namePrefix}`,
    });
    const another = async () => {
      const folder = await stateFolder();
      await cp(join(stateDir, 'admin.json'), join(folder, 'admin.json'));
      const name = `onex${++names}`;
      return instanceOf(server, proxy, query, folder, name, `${name}-platform`);
    };
    return { server, proxy, stateDir, requests, client, wanted, query, namePrefix, another };
  }

  async function stop(): Promise<void> {
    await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
    await Promise.all([postgres.stop(), redis.stop()]);
  }
  return { fresh, stop };
}

/** Does `work` again and again, each time cut off once at another one of its requests, of which some are tried. */
export async function cutOffEverywhere(
  instance: Instance,
  { kind, requests, moments }: { kind: 'reset' | 'reset after commit'; requests: number; moments: number },
  work: () => Promise<unknown>,
  check: () => Promise<() => Promise<void>>,
): Promise<void> {
  for (let skip = 0; skip < requests; skip += Math.ceil(requests / moments)) {
    const isWell = await check();
    instance.proxy.inject({ kind }, { skip, times: 1 });
    for (let tries = 1; ; tries += 1) {
      try {
        await work();
        break;
      } catch (error) {
        if (!isInfisicalError(error, 'unavailable') || tries === 5) throw error;
      }
    }
    await instance.proxy.clear();
    await isWell();
  }
}

async function run<Row>(uri: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: uri });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
