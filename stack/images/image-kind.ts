/** Where an image comes from: a registry, or built here from Debian packages in its place. */
export type ImageKind = 'registry' | 'local';

/** Label of images, containers and volumes that says which kind made or first opened them. */
export const KIND_LABEL = 'onex.image-kind';

/** The kind that labels tell; what has no label came from a registry, or from the operator. */
export const kindOfLabels = (labels: Record<string, string> | null | undefined): ImageKind =>
  labels?.[KIND_LABEL] === 'local' ? 'local' : 'registry';
