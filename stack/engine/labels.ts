import type { Service, Stack, StackNetwork, StackVolume } from '../compose/stack';

/** The name that the file or Compose chooses. */
export const containerName = (stack: Stack, service: string) =>
  stack.services[service]?.containerName ?? `${stack.name}-${service}-1`;

export const PROJECT_LABEL = 'onex.project';
/** The image as the stack file named it when the container was made. */
export const IMAGE_LABEL = 'onex.image';
export const HASH_LABEL = 'onex.config-hash';
export const ENVIRONMENT_LABEL = 'onex.environment';
/** Which installation made it; for a volume, whose passwords and keys open it, and where they were when it was made. */
export const INSTALLATION_LABEL = 'onex.installation';
export const STATE_DIR_LABEL = 'onex.state-dir';
const COMPOSE = 'com.docker.compose';
export const COMPOSE_PROJECT_LABEL = `${COMPOSE}.project`;
export const COMPOSE_SERVICE_LABEL = `${COMPOSE}.service`;
export const DEPENDS_ON_LABEL = `${COMPOSE}.depends_on`;

/** Where an image comes from: a registry, or built here from Debian packages in its place. */
export type ImageKind = 'registry' | 'local';

/** Label of images, containers and volumes that says which kind made or first opened them. */
export const KIND_LABEL = 'onex.image-kind';

/** The kind that labels tell; what has no label came from a registry, or from the operator. */
export const kindOfLabels = (labels: Record<string, string> | null | undefined): ImageKind =>
  labels?.[KIND_LABEL] === 'local' ? 'local' : 'registry';

/** A state directory: its tag stays the same when it is moved. */
export interface Installation {
  tag: string;
  stateDir: string;
}

/** Selects what belongs to a stack and was made by us. */
export const ownedBy = (stack: Stack) => ({ label: [`${PROJECT_LABEL}=${stack.name}`] });

/** Who makes something: an environment of an installation. */
export interface Maker {
  environment: string;
  installation: Installation;
}

const common = (stack: Stack, { environment, installation }: Maker) => ({
  [PROJECT_LABEL]: stack.name,
  [ENVIRONMENT_LABEL]: environment,
  [INSTALLATION_LABEL]: installation.tag,
  [COMPOSE_PROJECT_LABEL]: stack.name,
});

export const networkLabels = (stack: Stack, network: StackNetwork, maker: Maker) => ({
  ...network.labels,
  ...common(stack, maker),
  [`${COMPOSE}.network`]: network.name,
});

export const volumeLabels = (
  stack: Stack,
  volume: StackVolume,
  { kind, ...maker }: Maker & { kind: ImageKind },
) => ({
  ...volume.labels,
  ...common(stack, maker),
  [STATE_DIR_LABEL]: maker.installation.stateDir,
  [`${COMPOSE}.volume`]: volume.name,
  [KIND_LABEL]: kind,
});

/** Compose's labels, with which `docker compose ps | logs | down` find the container, and ours. */
export function containerLabels(
  stack: Stack,
  service: Service,
  { hash, kind, ...maker }: Maker & { hash: string; kind: ImageKind },
): Record<string, string> {
  return {
    ...service.labels,
    ...common(stack, maker),
    [COMPOSE_SERVICE_LABEL]: service.name,
    [`${COMPOSE}.container-number`]: '1',
    [`${COMPOSE}.oneoff`]: 'False',
    [`${COMPOSE}.config-hash`]: hash,
    [DEPENDS_ON_LABEL]: service.dependsOn.map((to) => `${to.service}:${to.condition}:false`).join(','),
    ...(stack.file === undefined
      ? {}
      : {
          [`${COMPOSE}.project.config_files`]: stack.file,
          [`${COMPOSE}.project.working_dir`]: stack.file.replace(/\/[^/]*$/, ''),
        }),
    [HASH_LABEL]: hash,
    [IMAGE_LABEL]: service.image,
    [KIND_LABEL]: kind,
  };
}
