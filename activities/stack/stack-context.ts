import type Docker from 'dockerode';
import { join } from 'node:path';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import type { Stack } from '../../stack/compose/stack';
import { connectEngine } from '../../stack/engine/connect-engine';
import type { Progress } from '../../stack/engine/run-command';
import type { ResolvedImage } from '../../stack/images/image';
import { resolveImages } from '../../stack/images/resolve-images';
import { loadStack } from './load-stack';

/** A stack, the engine that it runs on, and the images that its services use. */
export interface StackContext {
  stack: Stack;
  engine: Docker;
  images: (
    services: readonly string[] | undefined,
    progress: Progress,
  ) => Promise<Record<string, ResolvedImage>>;
}

export async function stackContext(settings: Settings, config: Configuration): Promise<StackContext> {
  const stack = await loadStack(settings, config);
  const engine = engineOf(config);
  return {
    stack,
    engine,
    images: (services, progress) =>
      resolveImages(engine, stack, {
        ...(services === undefined ? {} : { services }),
        cacheDir: join(config.stateRoot, 'cache', 'images'),
        packageDir: config.packageDir,
        ...progress,
      }),
  };
}

export const engineOf = (config: Configuration): Docker => connectEngine(config);
