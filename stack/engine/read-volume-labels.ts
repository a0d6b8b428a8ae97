import type Docker from 'dockerode';
import { statusOf } from './engine-error';

/** The labels of a volume by its name in the engine; undefined where there is none. */
export async function readVolumeLabels(
  engine: Docker,
  name: string,
): Promise<Record<string, string> | undefined> {
  try {
    return (await engine.getVolume(name).inspect()).Labels ?? {};
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
