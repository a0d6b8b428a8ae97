import { Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUICK } from '../../client/temporal/dev-server';
import { ATTRIBUTE_TYPES } from '../../contracts/core/names';
import { buildDevInfisical } from './dev-infisical-bundle';
import { LENDER, type Lent } from './borrow';
import { freePort, startOwnPostgres, startOwnRedis, stop, until } from './local-services';
import { bundleVersion, today } from './workflow-versions';

/** Of one Temporal server, made at its start: one that is made later is not served at once. */
const NAMESPACES = 40;

/** Lends until it is stopped; a server starts when it is asked for first. */
export async function lendServers(): Promise<{ stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'onex-lent-'));
  const stops: (() => Promise<unknown>)[] = [];
  const opened = <T extends { stop: () => Promise<unknown> }>(start: () => Promise<T>) =>
    onceOnly(async () => {
      const server = await start();
      stops.push(() => server.stop());
      return server;
    });
  const postgres = opened(startOwnPostgres);
  const redis = opened(startOwnRedis);
  let temporal = opened(startTemporal);
  let namespaces = 0;
  const lent: { [What in keyof Lent]: () => Promise<Lent[What]> } = {
    postgres: async () => ({ uri: await (await postgres()).newDatabase() }),
    redis: async () => ({ url: await (await redis()).newDatabase() }),
    temporal: async () => {
      const number = namespaces++ % NAMESPACES;
      if (number === 0 && namespaces > 1) temporal = opened(startTemporal);
      return { address: (await temporal()).address, namespace: `test-${number}` };
    },
    'workflow-bundle': onceOnly(async () => {
      const path = join(folder, 'workflows.js');
      writeFileSync(path, (await bundleVersion(today)).code);
      return { path };
    }),
    'dev-infisical': onceOnly(async () => ({ path: await buildDevInfisical(join(folder, 'server.js')) })),
  };
  const answer = async ({ url = '' }: IncomingMessage, response: ServerResponse) => {
    try {
      response.end(JSON.stringify(await lent[url.slice(1) as keyof Lent]()));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  };
  const lender = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(lender, 'listening');
  process.env[LENDER] = `http://127.0.0.1:${(lender.address() as AddressInfo).port}`;
  return {
    stop: async () => {
      lender.close();
      await Promise.all(stops.map((each) => each()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Temporal server in memory with namespaces test-0, test-1 …; how the product starts its own is tested elsewhere. */
async function startTemporal(): Promise<{ address: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const names = Array.from({ length: NAMESPACES }, (_, number) => `test-${number}`);
  const flags = [
    ...[
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
    ],
    ...names.flatMap((name) => ['--namespace', name]),
    ...QUICK.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...ATTRIBUTE_TYPES.flatMap((type) => ['--search-attribute', type]),
  ];
  const child = spawn('temporal', flags, { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  await until('temporal', child, async () => {
    const connection = await Connection.connect({ address, connectTimeout: 1_000 });
    try {
      await connection.workflowService.describeNamespace({ namespace: names.at(-1)! });
    } finally {
      await connection.close();
    }
  });
  return { address, stop: () => stop(child, 'SIGTERM') };
}

function onceOnly<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
