import type { Context } from '@temporalio/activity';
import type { DataConverter } from '@temporalio/common';
import { SimplePlugin } from '@temporalio/plugin';
import type {
  BundleOptions,
  ReplayWorkerOptions,
  WorkerInterceptors,
  WorkerOptions,
  WorkflowBundleOption,
} from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import { badInput } from '../../contracts/core/failures';
import type { CodecKeys } from './codec-keys';
import { HideFailures, type Hiding } from './hide-failures';
import { SECRET_MARK } from './payload-converter';
import { SecretCodec } from './secret-codec';

const converters = {
  payloadConverterPath: require.resolve('./payload-converter'),
  failureConverterPath: require.resolve('./failure-converter'),
};

interface SecretsOptions {
  /** Without keys, whatever would put a Secret into a history is refused. */
  keys: CodecKeys | undefined;
  /** What becomes of an activity's failure that shows a Secret of its own making: sealed unless given. */
  shown?: Hiding['shown'];
}

/**
 * Everything that lets workflows hold Secrets while their histories may be shown: give it to Client, Worker,
 * bundleWorkflowCode and runReplayHistories.
 */
export function secretsPlugin(options: SecretsOptions): SimplePlugin {
  return new SecretsPlugin(options);
}

class SecretsPlugin extends SimplePlugin {
  private readonly hiding: Hiding;
  private readonly keys: CodecKeys | undefined;

  constructor({ keys, shown = 'seal' }: SecretsOptions) {
    const codec = new SecretCodec(keys);
    super({
      name: 'onex-bootstrap.secrets',
      dataConverter: (given) => dataConverter(given, codec),
      workerInterceptors: { workflowModules: [converters.failureConverterPath] },
    });
    this.keys = keys;
    this.hiding = { codec: keys === undefined ? 'no key' : 'ready', shown };
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    requireConverters(options.workflowBundle);
    const configured = super.configureWorker(options);
    return { ...configured, interceptors: this.hidingFirst(configured.interceptors) };
  }

  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    requireConverters(options.workflowBundle);
    // a replay is told neither the namespace nor, always, the id of what it replays
    const codec = new SecretCodec(this.keys, 'anywhere');
    const configured = super.configureReplayWorker(options);
    return { ...configured, dataConverter: dataConverter(options.dataConverter, codec) };
  }

  // SimplePlugin gives the bundler interceptors only.
  override configureBundler(options: BundleOptions): BundleOptions {
    refuseOthers(options);
    return { ...super.configureBundler(options), ...converters };
  }

  // The outermost sees what all others throw.
  private hidingFirst(given: WorkerInterceptors = {}): WorkerInterceptors {
    const hide = (context: Context) => ({ inbound: new HideFailures(context, this.hiding) });
    return { ...given, activity: [hide, ...(given.activity ?? [])] };
  }
}

// Ours goes first: the codecs of others may compress or encrypt what it must read.
function dataConverter(given: DataConverter = {}, codec: SecretCodec): DataConverter {
  refuseOthers(given);
  const others = (given.payloadCodecs ?? []).filter((other) => other !== codec);
  return { ...given, ...converters, payloadCodecs: [codec, ...others] };
}

function refuseOthers(given: Partial<typeof converters>): void {
  for (const key of ['payloadConverterPath', 'failureConverterPath'] as const) {
    if (given[key] === undefined || given[key] === converters[key]) continue;
    throw badInput(
      `secretsPlugin sets ${key}, and ${given[key]} is given too: Temporal takes one. Leave one of them out.`,
    );
  }
}

/** A bundle made without the plugin would pass Secrets on as plain text. */
function requireConverters(bundle: WorkflowBundleOption | undefined): void {
  if (bundle === undefined) return;
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  if (code.includes(SECRET_MARK)) return;
  throw badInput(
    'The workflow bundle was made without secretsPlugin: give it to bundleWorkflowCode too, as plugins: [secretsPlugin({ keys: undefined })].',
  );
}
