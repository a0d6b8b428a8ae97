import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Secret } from '../../contracts/core/secret';
import { tolerate } from '../engine/engine-error';
import { kindOfLabels, type ImageKind } from '../engine/labels';
import type { Progress } from '../engine/run-command';
import type { LocalSources } from './local-image';

export interface ResolvedImage {
  /** What the engine knows it by. */
  ref: string;
  /** sha256:… */
  id: string;
  kind: ImageKind;
  action: 'present' | 'pulled' | 'built';
}

export interface ImageOptions extends LocalSources, Progress {
  /** Whether images of pull_policy: always are asked for anew: once in a run. */
  refresh?: boolean;
  /** Whether only what is here counts, for a look: nothing is pulled or built, and where one would have to be, that is a MissingPrerequisite. */
  onlyHere?: boolean;
  /** Whether images that are built here may stand in where no registry answers: only where somebody asked for that. */
  standIns: boolean;
  /** The operator's variables: where Docker's own configuration is, with logins to registries. */
  variables?: ReadonlyMap<string, Secret>;
  /** Layers built here, kept between runs. */
  cacheDir: string;
}

/** Where the layers of local images are kept. */
export const imageCache = (stateRoot: string): string => join(stateRoot, 'cache', 'images');

/** Id and kind of an image that the engine has, or undefined. */
export async function inspectImage(
  engine: Docker,
  reference: string,
): Promise<{ id: string; kind: ImageKind } | undefined> {
  const image = await tolerate(engine.getImage(reference).inspect(), 404);
  return image === undefined ? undefined : { id: image.Id, kind: kindOfLabels(image.Config.Labels) };
}
