import type { transportConfigMap } from './transport-config-map';

/** A transport's canonical name: "http", "database", "kafka", … */
export type TransportName = keyof typeof transportConfigMap;
