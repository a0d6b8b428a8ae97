import { Client, type ConnectionLike } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { failureConverter } from '../../../worker/sealing/failure-converter';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { HideFailures } from '../../../worker/sealing/hide-failures';
import { SecretCodec } from '../../../worker/sealing/secret-codec';
import { secretsPlugin } from '../../../worker/sealing/secrets-plugin';

const plugin = secretsPlugin({ keys: new CodecKeys([['k1', randomBytes(32)]]) });
const workflowsPath = join(__dirname, 'fixture-workflows.ts');
const other: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: (it) => Promise.resolve(it),
};
const logger = new DefaultLogger('ERROR');

describe('secretsPlugin', () => {
  it('gives a client both converters and the codec', () => {
    const connection = { plugins: [plugin] } as unknown as ConnectionLike;
    const { loadedDataConverter } = new Client({ connection, plugins: [plugin] }).options;
    expect(loadedDataConverter.payloadConverter).toBe(payloadConverter);
    expect(loadedDataConverter.failureConverter).toBe(failureConverter);
    expect(loadedDataConverter.payloadCodecs).toEqual([expect.any(SecretCodec)]);
  });

  it('gives a worker the same, keeps its other codecs behind ours, and hides outermost', () => {
    const inner = () => ({});
    const options = plugin.configureWorker({
      taskQueue: 'q',
      workflowsPath,
      dataConverter: { payloadCodecs: [other] },
      interceptors: { activity: [inner] },
    });
    expect(options.dataConverter?.payloadCodecs).toEqual([expect.any(SecretCodec), other]);
    const [outermost, next] = options.interceptors?.activity ?? [];
    expect(outermost?.({ info: {} } as never)).toEqual({ inbound: expect.any(HideFailures) });
    expect(next).toBe(inner);
    expect(options.interceptors?.workflowModules).toHaveLength(1);
  });

  it('refuses to share a place with converters of others', () => {
    const dataConverter = { payloadConverterPath: '/theirs.js' };
    expect(() => plugin.configureClient({ dataConverter })).toThrow('/theirs.js is given too');
    expect(() => plugin.configureBundler({ workflowsPath, failureConverterPath: '/f.js' })).toThrow('/f.js');
  });

  it('refuses a bundle that was made without it, since that would pass values on as plain text', async () => {
    const without = await bundleWorkflowCode({ workflowsPath, logger });
    const withIt = await bundleWorkflowCode({ workflowsPath, logger, plugins: [plugin] });
    const worker = (workflowBundle: { code: string }) => () =>
      plugin.configureWorker({ taskQueue: 'q', workflowBundle });
    const replay = (workflowBundle: { code: string }) => () =>
      plugin.configureReplayWorker({ workflowBundle });
    expect(worker(without)).toThrow('give it to bundleWorkflowCode too');
    expect(replay(without)).toThrow('give it to bundleWorkflowCode too');
    expect(worker(withIt)).not.toThrow();
    expect(replay(withIt)).not.toThrow();
  }, 60_000);
});
