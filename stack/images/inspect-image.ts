import type Docker from 'dockerode';
import { kindOfLabels, type ImageKind } from './image-kind';

/** Id and kind of an image that the engine has, or undefined. */
export async function inspectImage(
  engine: Docker,
  reference: string,
): Promise<{ id: string; kind: ImageKind } | undefined> {
  try {
    const { Id, Config } = await engine.getImage(reference).inspect();
    return { id: Id, kind: kindOfLabels(Config.Labels) };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
