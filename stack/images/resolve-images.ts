import type Docker from 'dockerode';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import { isStarted } from '../compose/order';
import type { Service, Stack } from '../compose/stack';
import { engineCall, engineSaid } from '../engine/engine-error';
import { KIND_LABEL, ownedBy, type ImageKind } from '../engine/labels';
import { ensureLocalImages, hasLocalImage } from './ensure-local-images';
import { inspectImage, type ImageOptions, type ResolvedImage } from './image';
import { localImageFor, type LocalImage } from './local-image';
import { pullImage, type Pull } from './pull-image';

/**
 * An image for each service (all that a run starts without `services`): the production one by its tag or digest, or where
 * somebody asked for stand-ins and no registry answers, a local one. The services that keep or read data all get the same kind, and where data exists the kind that
 * opened it first.
 */
export async function resolveImages(
  engine: Docker,
  stack: Stack,
  { services = startedNames(stack), ...options }: ImageOptions & { services?: readonly string[] },
): Promise<Record<string, ResolvedImage>> {
  const references = services.map((name) => [name, stack.services[name]!.image] as const);
  const wanted = new Set(references.map(([, reference]) => reference));
  const resolved = await engineCall(() => new Resolver(engine, stack, options).resolve(wanted));
  return Object.fromEntries(references.map(([name, reference]) => [name, resolved.get(reference)!]));
}

const startedNames = ({ services }: Stack) =>
  Object.values(services).flatMap((service) => (isStarted(service) ? [service.name] : []));

class Resolver {
  private readonly found = new Map<string, ResolvedImage>();
  /** Why no registry can be reached: asked once in a run. */
  private unreachable: Extract<Pull, { state: 'unreachable' }> | undefined;

  constructor(
    private readonly engine: Docker,
    private readonly stack: Stack,
    private readonly options: ImageOptions,
  ) {}

  async resolve(references: Set<string>): Promise<Map<string, ResolvedImage>> {
    const { engine, found, options } = this;
    const stateful = [...references].some((reference) => localImageFor(reference)?.stateful);
    // what keeps no data follows what does: where that is of local images, no registry is asked for a stand-in's original
    const kind = stateful ? await this.statefulKind() : options.standIns ? await this.dataKind() : undefined;
    const local = new Map<string, LocalImage>();
    for (const reference of references) {
      if (found.has(reference)) continue;
      const counterpart = localImageFor(reference);
      if (counterpart !== undefined && kind === 'local' && (await this.staysLocal(reference, counterpart))) {
        local.set(reference, counterpart);
        continue;
      }
      const image = await this.fromRegistry(reference);
      if (image !== undefined) found.set(reference, image);
      else if (counterpart !== undefined && options.standIns) local.set(reference, counterpart);
      else throw this.nowhere(reference, counterpart !== undefined);
    }
    if (local.size === 0) return found;
    const built = await ensureLocalImages(engine, [...new Set(local.values())], options);
    for (const [reference, image] of local) found.set(reference, built.get(image.name)!);
    return found;
  }

  /** One kind for all services of the whole stack that keep data, whichever are asked for now. */
  private async statefulKind(): Promise<ImageKind> {
    const required = await this.dataKind();
    if (required === 'local' && !this.options.standIns) throw this.dataNeedsStandIns();
    if (required === 'local') return 'local';
    const references = Object.values(this.stack.services).map(({ image }) => image);
    for (const reference of new Set(references.filter((image) => localImageFor(image)?.stateful))) {
      const image = await this.fromRegistry(reference);
      if (image === undefined && required !== undefined) throw this.dataNeedsRegistry(reference);
      if (image === undefined && !this.options.standIns) throw this.nowhere(reference, true);
      if (image === undefined) {
        this.found.clear();
        return 'local';
      }
      this.found.set(reference, image);
    }
    return 'registry';
  }

  /** The kind of image that opened the stack's data volumes first; undefined while there is none. */
  private async dataKind(): Promise<ImageKind | undefined> {
    const { name } = this.stack;
    const { Volumes } = await this.engine.listVolumes({ filters: ownedBy(this.stack) });
    const kinds = new Map((Volumes ?? []).map((volume) => [volume.Labels?.[KIND_LABEL], volume.Name]));
    if (kinds.size > 1) {
      const each = [...kinds].map(([kind, volume]) => `${volume}: ${kind}`).join(', ');
      throw refused(
        `The volumes of ${name} were opened by different kinds of images (${each}), so no image may open them all. Restore the missing one from a backup, or start over with: onex-bootstrap down --volumes (their data is lost).`,
      );
    }
    return [...kinds.keys()][0] as ImageKind | undefined;
  }

  /** Nothing is asked of a registry while a local image serves: a second run stays quick. */
  private async staysLocal(reference: string, counterpart: LocalImage): Promise<boolean> {
    if (counterpart.stateful) return true;
    if ((await this.present(reference)) !== undefined) return false;
    if (this.unreachable !== undefined) return true;
    return hasLocalImage(this.engine, counterpart, this.options);
  }

  private async fromRegistry(reference: string): Promise<ResolvedImage | undefined> {
    const present = await this.present(reference);
    const policies = this.policiesOf(reference);
    const isWanted = present === undefined || (this.options.refresh === true && policies.includes('always'));
    if (!isWanted || this.unreachable !== undefined || this.options.onlyHere === true) return present;
    if (policies.every((policy) => policy === 'never')) throw this.neverPulled(reference);
    this.options.onProgress?.(`pulling ${reference}`);
    const pull = await pullImage(this.engine, reference, this.options);
    if (pull.state === 'unreachable') {
      this.unreachable = pull;
      return present;
    }
    const pulled = await this.present(reference);
    return pulled === undefined || pulled.id === present?.id ? pulled : { ...pulled, action: 'pulled' };
  }

  private policiesOf(reference: string): Service['pullPolicy'][] {
    const services = Object.values(this.stack.services).filter(({ image }) => image === reference);
    return services.map(({ pullPolicy }) => pullPolicy);
  }

  private neverPulled(reference: string) {
    return missingPrerequisite(
      `Image ${reference} is not here, and its pull_policy is never. Load it with docker load, build it, or write pull_policy: missing.`,
    );
  }

  /** A local image that somebody tagged with a production name is no production image. */
  private async present(reference: string): Promise<ResolvedImage | undefined> {
    const image = await inspectImage(this.engine, reference);
    if (image === undefined) return undefined;
    if (image.kind === 'local' && localImageFor(reference) !== undefined) return undefined;
    return { ref: reference, id: image.id, kind: 'registry', action: 'present' };
  }

  private nowhere(reference: string, hasCounterpart: boolean) {
    const instead = !hasCounterpart
      ? 'No image that is built here stands in for it.'
      : 'To try the product with images that are built here from Debian packages, and an Infisical that must hold no real secret: --local-images';
    return this.saying(
      missingPrerequisite(
        `Image ${reference} is not here, and no registry answers (${this.unreachable?.reason}). Give the engine access to its registry, or load the image with docker load. ${instead}`,
      ),
    );
  }

  private dataNeedsRegistry(reference: string) {
    return this.saying(
      refused(
        `The data of ${this.stack.name} was made by production images, and ${reference} is neither here nor can it be pulled (${this.unreachable?.reason}). A local image never opens it. Give the engine access to its registry or load the image with docker load; or start over with: onex-bootstrap down --volumes (the data is lost).`,
      ),
    );
  }

  private dataNeedsStandIns() {
    return missingPrerequisite(
      `The data of ${this.stack.name} was made by images that are built here, which stand in only where that is asked for: --local-images. To go on with production images, start over with: onex-bootstrap down --volumes (the data is lost).`,
    );
  }

  private saying<E extends Error>(failure: E): E {
    return this.unreachable === undefined ? failure : engineSaid(failure, this.unreachable.error);
  }
}
