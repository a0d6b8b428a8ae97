import type { Service } from './stack';

const IMAGE = /(^|\/)infisical\/infisical(:|@|$)/;

/** Whether a service is an Infisical, by its role or its image. */
export const isInfisical = ({ role, image }: Pick<Service, 'role' | 'image'>): boolean =>
  role === 'infisical' || IMAGE.test(image);
