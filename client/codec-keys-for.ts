import { join } from 'node:path';
import type { Configuration } from '../contracts/settings/configuration';
import { ensureCodecKeys, readCodecKeys, type CodecKeys } from '../worker/sealing/codec-keys';
import { embeddedDir, type TemporalServer } from './temporal/connect';

/**
 * The keys that seal Secrets in histories: those of ONEX_CODEC_KEY_FILE; else the embedded server's own, made on first
 * use. Undefined for a server that somebody else runs: other workers there must hold the same keys, so none are made up.
 */
export async function codecKeysFor(
  config: Configuration,
  kind: TemporalServer['kind'],
): Promise<CodecKeys | undefined> {
  if (config.codecKeyFile !== undefined) return readCodecKeys(config.codecKeyFile);
  return kind === 'embedded' ? ensureCodecKeys(join(embeddedDir(config), 'codec-keys')) : undefined;
}
