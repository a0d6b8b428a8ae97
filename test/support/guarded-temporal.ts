import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { readFile } from 'node:fs/promises';
import { authority } from './authority';
import { freePort, stop, until } from './local-services';
import { sqliteStores, type Stores } from './temporal-stores';

export const NAMESPACE = 'onex';

/** A Temporal server that lets in whom it knows: by a client's certificate (mTLS), and by a token with permissions. */
export interface GuardedTemporal {
  address: string;
  /** `ca.pem`, and `cert.pem` and `key.pem` of a client that it knows. */
  certificates: string;
  /** The same of an authority that it does not know. */
  strangers: string;
  /** A signed token with these permissions, e.g. `onex:write`, for an hour. */
  token: (subject: string, ...permissions: string[]) => string;
  /** The same for some seconds. */
  shortToken: (seconds: number, subject: string, ...permissions: string[]) => string;
  /** What a client that is let in by its certificate is told by, and a token. */
  variables: (token?: string) => Record<string, string>;
  /** A client with all permissions. */
  client: () => Promise<Client>;
  /** Kills the server's process. */
  kill: () => Promise<void>;
  /** Starts it again, with what its stores kept. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Starts the server `binary` with a namespace of its own and search attributes, and waits until both are there. It keeps
 * its runs in `stores`, or in a file.
 */
export async function startGuardedTemporal(binary: string, stores?: Stores): Promise<GuardedTemporal> {
  const dir = mkdtempSync(join(tmpdir(), 'onex-guarded-'));
  const [certificates, strangers] = [authority(join(dir, 'known')), authority(join(dir, 'strangers'))];
  const { token, shortToken, keys } = issuer();
  const keyServer = createServer((_, response) => response.end(keys)).listen(0, '127.0.0.1');
  await once(keyServer, 'listening');
  const port = await freePort();
  const keysAt = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys.json`;
  mkdirSync(join(dir, 'config'));
  writeFileSync(
    join(dir, 'config', 'guarded.yaml'),
    await serverConfig(stores ?? sqliteStores(dir), certificates, port, keysAt),
  );
  const parts = ['frontend', 'internal-frontend', 'matching', 'history', 'worker'];
  const flags = ['--root', dir, '--config', 'config', '--env', 'guarded', 'start'];
  const spawned = () =>
    spawn(binary, [...flags, ...parts.flatMap((part) => ['--service', part])], {
      cwd: dir,
      env: { PATH: process.env['PATH'] },
      stdio: process.env['ONEX_TEST_SERVER_LOG'] ? 'inherit' : 'ignore',
    });
  let child = spawned();
  const address = `localhost:${port}`; // gRPC warns of addresses where names are checked
  const variables = (given?: string): Record<string, string> => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(certificates, 'ca.pem'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: join(certificates, 'cert.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: join(certificates, 'key.pem'),
    ...(given === undefined ? {} : { TEMPORAL_API_KEY: given }),
  });
  const admin = token('operator', 'temporal-system:admin');
  const pem = (name: string) => readFile(join(certificates, name));
  const connect = async () => {
    const tls = {
      serverRootCACertificate: await pem('ca.pem'),
      clientCertPair: { crt: await pem('cert.pem'), key: await pem('key.pem') },
    };
    return Connection.connect({ address, tls, apiKey: admin, connectTimeout: 2_000 });
  };
  const answering = () => until('temporal server', child, async () => (await connect()).close());
  await answering();
  const operator = (...args: string[]) =>
    execFileSync('temporal', ['operator', ...args], {
      env: { PATH: process.env['PATH'], HOME: dir, ...variables(admin) },
      stdio: 'pipe',
    });
  operator('namespace', 'create', NAMESPACE);
  await until('its namespace', child, () => {
    for (const name of ['BootstrapPhase', 'BootstrapEnvironment', 'BootstrapOutcome'])
      operator('search-attribute', 'create', '--name', name, '--type', 'Keyword');
    return Promise.resolve();
  });
  return {
    ...{ address, certificates, strangers, token, shortToken, variables },
    client: async () => new Client({ connection: await connect(), namespace: NAMESPACE }),
    kill: () => stop(child, 'SIGKILL'),
    start: async () => {
      child = spawned();
      await answering();
    },
    stop: async () => {
      keyServer.close();
      keyServer.closeAllConnections();
      await stop(child, 'SIGTERM', dir);
    },
  };
}

/** Who issues tokens: RS256, with its public key as a JWK set. */
function issuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const shortToken = (seconds: number, sub: string, ...permissions: string[]) => {
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${part({ sub, permissions, exp })}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' };
  const token = (subject: string, ...permissions: string[]) => shortToken(3600, subject, ...permissions);
  return { token, shortToken, keys: JSON.stringify({ keys: [jwk] }) };
}

/** As a small installation would have it: TLS for clients only, the default authorizer. JSON is YAML. */
async function serverConfig(stores: Stores, certificates: string, port: number, keysAt: string) {
  const service = async (grpcPort?: number) => ({
    rpc: {
      grpcPort: grpcPort ?? (await freePort()),
      membershipPort: await freePort(),
      bindOnIP: '127.0.0.1',
    },
  });
  const file = (name: string) => join(certificates, name);
  return JSON.stringify({
    log: { stdout: true, level: 'warn' },
    persistence: {
      ...{ defaultStore: 'default', visibilityStore: 'visibility', numHistoryShards: 1 },
      datastores: { default: stores.default, visibility: stores.visibility },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      tls: {
        frontend: {
          server: {
            ...{ certFile: file('server-cert.pem'), keyFile: file('server-key.pem') },
            ...{ requireClientAuth: true, clientCaFiles: [file('ca.pem')] },
          },
          client: { serverName: '127.0.0.1', rootCaFiles: [file('ca.pem')] },
        },
      },
      authorization: {
        jwtKeyProvider: { keySourceURIs: [keysAt], refreshInterval: '1m' },
        ...{ permissionsClaimName: 'permissions', authorizer: 'default', claimMapper: 'default' },
      },
    },
    services: {
      frontend: await service(port),
      'internal-frontend': await service(),
      matching: await service(),
      history: await service(),
      worker: await service(),
    },
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1 },
          ...{ rpcName: 'frontend', rpcAddress: `127.0.0.1:${port}` },
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  });
}
