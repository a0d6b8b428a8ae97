import type { Secret } from '../core/secret';

/** Values for one class of machines: /machine-class/<machineClass>/KEY. */
export interface MachineClassOverlay {
  machineClass: string;
  overrides: ReadonlyMap<string, Secret>;
}
