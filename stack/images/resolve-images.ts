import type Docker from 'dockerode';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import type { Stack } from '../compose/stack';
import type { Progress } from '../engine/run-command';
import { dataKind } from './data-kind';
import type { ImageKind } from './image-kind';
import { inspectImage } from './inspect-image';
import { ensureLocalImages, hasLocalImage } from './ensure-local-images';
import { localImageFor, type LocalImage } from './local-image';
import type { LocalImageSources } from './local-image-tag';
import { pullImage } from './pull-image';

export interface ResolvedImage {
  /** What the engine knows it by. */
  ref: string;
  /** sha256:… */
  id: string;
  kind: ImageKind;
  action: 'present' | 'pulled' | 'built';
}

export interface ImageOptions extends Progress {
  /** Services whose images are needed; all of them where left out. */
  services?: readonly string[];
  /** Layers built here, kept between runs. */
  cacheDir: string;
  sources: LocalImageSources;
}

/**
 * An image for each service: the production one by its tag, or a local one where no registry answers. The services that
 * keep or read data all get the same kind, and where data exists the kind that opened it first.
 */
export async function resolveImages(
  engine: Docker,
  stack: Stack,
  options: ImageOptions,
): Promise<Record<string, ResolvedImage>> {
  const names = options.services ?? Object.keys(stack.services);
  const references = new Map(names.map((name) => [name, stack.services[name]!.image]));
  const resolver = new Resolver(engine, stack, options);
  const byReference = await resolver.resolve(new Set(references.values()));
  return Object.fromEntries([...references].map(([name, reference]) => [name, byReference.get(reference)!]));
}

class Resolver {
  /** Why no registry can be reached: asked once in a run. */
  private unreachable: string | undefined;

  constructor(
    private readonly engine: Docker,
    private readonly stack: Stack,
    private readonly options: ImageOptions,
  ) {}

  async resolve(references: Set<string>): Promise<Map<string, ResolvedImage>> {
    const found = new Map<string, ResolvedImage>();
    const local = new Map<string, LocalImage>();
    const stateful = [...references].some((reference) => localImageFor(reference)?.stateful);
    const kind = stateful ? await this.statefulKind(found) : undefined;
    for (const reference of references) {
      if (found.has(reference)) continue;
      const counterpart = localImageFor(reference);
      if (counterpart?.stateful === true && kind === 'local') local.set(reference, counterpart);
      else if (
        counterpart !== undefined &&
        kind === 'local' &&
        (await this.staysLocal(reference, counterpart))
      ) {
        local.set(reference, counterpart);
      } else {
        const image = await this.fromRegistry(reference);
        if (image !== undefined) found.set(reference, image);
        else if (counterpart !== undefined) local.set(reference, counterpart);
        else throw this.noCounterpart(reference);
      }
    }
    const built = await ensureLocalImages(this.engine, [...new Set(local.values())], this.options);
    for (const [reference, image] of local) found.set(reference, built.get(image.name)!);
    return found;
  }

  /** One kind for all services of the whole stack that keep data, whichever are asked for now. */
  private async statefulKind(found: Map<string, ResolvedImage>): Promise<ImageKind> {
    const required = await dataKind(this.engine, this.stack);
    if (required === 'local') return 'local';
    const references = Object.values(this.stack.services).map(({ image }) => image);
    for (const reference of new Set(references.filter((image) => localImageFor(image)?.stateful))) {
      const image = await this.fromRegistry(reference);
      if (image !== undefined) found.set(reference, image);
      else if (required === undefined) {
        found.clear();
        return 'local';
      } else throw this.dataNeedsRegistry(reference);
    }
    return 'registry';
  }

  /** Nothing is asked of a registry while a local image serves: a second run stays quick. */
  private async staysLocal(reference: string, counterpart: LocalImage): Promise<boolean> {
    if ((await this.present(reference)) !== undefined) return false;
    return this.unreachable !== undefined || hasLocalImage(this.engine, counterpart, this.options.sources);
  }

  private async fromRegistry(reference: string): Promise<ResolvedImage | undefined> {
    const present = await this.present(reference);
    if (present !== undefined) return present;
    if (this.unreachable !== undefined) return undefined;
    this.options.onProgress?.(`pulling ${reference}`);
    const pull = await pullImage(this.engine, reference, this.options);
    if (pull.state === 'unreachable') {
      this.unreachable = pull.reason;
      return undefined;
    }
    const pulled = await this.present(reference);
    return pulled === undefined ? undefined : { ...pulled, action: 'pulled' };
  }

  /** A local image that somebody tagged with a production name is no production image. */
  private async present(reference: string): Promise<ResolvedImage | undefined> {
    const image = await inspectImage(this.engine, reference);
    if (image === undefined) return undefined;
    if (image.kind === 'local' && localImageFor(reference) !== undefined) return undefined;
    return { ref: reference, id: image.id, kind: 'registry', action: 'present' };
  }

  private noCounterpart(reference: string) {
    return missingPrerequisite(
      `Image ${reference} is not here, no registry answers (${this.unreachable}), and there is no local image in its place. Load it with docker load, or give the engine access to its registry.`,
    );
  }

  private dataNeedsRegistry(reference: string) {
    return refused(
      `The data of ${this.stack.name} was made by production images, and ${reference} is neither here nor can it be pulled (${this.unreachable}). A local image never opens it. Give the engine access to its registry or load the image with docker load; or start over with: onex-bootstrap down --volumes (the data is lost).`,
    );
  }
}
