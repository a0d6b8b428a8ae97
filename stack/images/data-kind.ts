import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Stack } from '../compose/stack';
import { KIND_LABEL, type ImageKind } from './image-kind';

/** The kind of image that opened the stack's data volumes first; undefined while there is none. */
export async function dataKind(engine: Docker, stack: Stack): Promise<ImageKind | undefined> {
  const { Volumes } = await engine.listVolumes({ filters: { label: [`onex.project=${stack.name}`] } });
  const kinds = new Map<string, string>();
  for (const { Name, Labels } of Volumes ?? []) {
    const kind = Labels?.[KIND_LABEL];
    if (kind !== undefined) kinds.set(kind, Name);
  }
  if (kinds.size > 1) {
    throw refused(
      `The volumes of ${stack.name} were opened by different kinds of images (${[...kinds].map(([kind, name]) => `${name}: ${kind}`).join(', ')}), so no image may open them all. Restore the missing one from a backup, or start over with: onex-bootstrap down --volumes (their data is lost).`,
    );
  }
  return [...kinds.keys()][0] as ImageKind | undefined;
}
