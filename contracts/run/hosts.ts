import { z } from 'zod';
import { slug } from '../core/slug';

const MOST_SERVED = 200;
const serviceNames = z.array(slug).max(MOST_SERVED);
const nodeNames = z.array(z.string().min(1).max(200)).max(MOST_SERVED);

/** Which nodes a host runs: those of services, and single ones; all of them where it says nothing. */
export const servesSchema = z.strictObject({ services: serviceNames, nodes: nodeNames });
export type Serves = z.infer<typeof servesSchema>;

/** What a host says of itself when it asks to join an environment. Nothing in it is secret. */
export const claimsSchema = z.strictObject({
  name: slug,
  /** Its host and state directory: its queue is of that name. */
  installation: z.string().regex(/^[\w.-]{1,255}$/),
  /** The age recipient that its credential is sealed to. */
  recipient: z.string().regex(/^age1[0-9a-z]{50,70}$/, 'an age recipient'),
  machineClass: slug.optional(),
  serves: servesSchema.optional(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** What the home answers to a host that asks. */
export interface Admission {
  state: 'accepted' | 'asking';
  /** The key by which the home's orders are known, as SPKI in base64. */
  homeKey: string;
}

/** What the home has a host do, signed: `text` is JSON of an `Order`. */
export const signedOrderSchema = z.strictObject({
  text: z.string().max(8_000),
  signature: z.string().max(200),
});
export type SignedOrder = z.infer<typeof signedOrderSchema>;

/** Where a page of hosts is asked for their work, and which ones are left. */
export interface HostsPage {
  hosts: { name: string; queue: string; isLeaving: boolean; isForgotten: boolean }[];
  /** The name after which the next page begins; undefined for the last one. */
  next?: string;
}

/** How a host's share of a run ended. */
export type HostOutcome = 'served' | 'partial' | 'failed' | 'down' | 'left';

/** Whether a node is run by a host that says what it serves. */
export const isServed = (serves: Serves | undefined, node: { node: string; service?: string | undefined }) =>
  serves === undefined ||
  serves.nodes.includes(node.node) ||
  (node.service !== undefined && serves.services.includes(node.service));
