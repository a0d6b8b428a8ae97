import { ensureFolders, writeSecrets } from '../../infisical/secrets/secrets';
import { provisionIdentities } from '../../infisical/identity/provision';
import { login, type Session } from '../../infisical/session';
import { HandlerInfisical, type HandlerDependencies } from '../../reads/handler-infisical';
import type { ReadRecord, ReadCaller } from '../../reads/read-audit';
import { Secret } from '../../contracts/core/secret';
import type { HandlerSettingsInput } from '../../contracts/reads/handler-settings';
import { FaultProxy } from '../support/fault-proxy';
import { startInstances, type Instance } from '../infisical/instances';

/** A set-up instance with secrets, behind a proxy that counts and spoils requests. */
export interface ReadingWorld {
  proxy: FaultProxy;
  instance: Instance;
  /** Of the reading identity; `environment_slug` is `dev`. */
  settings: HandlerSettingsInput;
  /** The seeder: writes past the proxy. */
  seeder: Session;
  write: (folder: string, values: Record<string, string>, action?: 'CREATE' | 'UPDATE') => Promise<void>;
  /** A handler of the reading identity, and what it audited. */
  handler: (
    changes?: Partial<HandlerSettingsInput>,
    deps?: HandlerDependencies,
  ) => { handler: HandlerInfisical; audited: (ReadRecord & ReadCaller)[] };
}

/** Worlds of one test file share a Postgres and a Redis. */
export async function startReadingWorlds() {
  const instances = await startInstances();
  const proxies: FaultProxy[] = [];

  async function world(generation: 'current' | '2024'): Promise<ReadingWorld> {
    const instance = await instances.fresh({ generation });
    const { runtime, seeder, project } = await provisionIdentities(instance.wanted());
    const proxy = await FaultProxy.start(instance.server.url);
    proxies.push(proxy);
    const session = await login(instance.client(), seeder);
    const scope = { projectId: project.id, environment: 'dev' };
    const settings = {
      host: proxy.address,
      client_id: runtime.clientId,
      client_secret: runtime.clientSecret,
      project_id: project.id,
      environment_slug: 'dev',
      timeout_seconds: 2,
    };
    return {
      proxy,
      instance,
      settings,
      seeder: session,
      write: async (folder, values, action = 'CREATE') => {
        await ensureFolders(session, scope, [folder]);
        const writes = Object.entries(values).map(([key, value]) => ({
          folder,
          key,
          value: new Secret(value),
          action,
        }));
        await writeSecrets(session, scope, writes);
      },
      handler: (changes = {}, deps = {}) => {
        const audited: (ReadRecord & ReadCaller)[] = [];
        const audit = {
          record: (access: ReadRecord, caller: ReadCaller) => void audited.push({ ...access, ...caller }),
        };
        return { handler: HandlerInfisical.create({ ...settings, ...changes }, { audit, ...deps }), audited };
      },
    };
  }

  return {
    world,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await instances.stop();
    },
  };
}
