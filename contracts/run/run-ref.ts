import { z } from 'zod';
import { badInput } from '../core/failures';
import { slug } from '../core/slug';
import { zodLines } from '../core/zod-problems';
import { claimsSchema, signedOrderSchema } from './hosts';
import { OVERLAP, ROTATED, type Rotation } from './rotation';

const keyName = z.string().min(1).max(100);
const digest = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const MOST_KEYS = 200; // of 100 characters: a third of what a payload may hold

const promotionSchema = z.strictObject({
  from: slug.describe('the environment whose values are copied, declared on the same host'),
  keys: z.array(keyName).max(MOST_KEYS).optional().describe('only these keys'),
  transport: keyName.optional().describe('only the keys in the folders of this transport'),
});

/**
 * What a caller may say when starting a run: names and choices. Where things are, and with which values, is declared on
 * the host (environment/declaration.ts).
 */
export const choicesSchema = z.strictObject({
  environment: slug.optional().describe('a declared environment; may be left out where only one is declared'),
  dryRun: z.boolean().optional().describe('report what would happen and change nothing'),
  overwrite: z
    .union([z.boolean(), z.array(keyName).max(MOST_KEYS)])
    .optional()
    .describe('replace values that differ on the server: true for all, or names of keys'),
  service: slug.optional().describe('service of nodes whose contract names none'),
  required: z.boolean().optional().describe('controlled lane: Infisical wins over the environment'),
  allowPartial: z.boolean().optional().describe('complete even where a node lacks a required key'),
  approve: z.boolean().optional().describe('wait for an approval before anything is changed'),
  approveWithin: z
    .int()
    .min(1)
    .max(30 * 86_400)
    .optional()
    .describe(
      'seconds after which a run that nobody approved ends and changes nothing; 86400 is the default',
    ),
  plan: z
    .string()
    .regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits')
    .optional()
    .describe('digest of the plan that is approved already: the run makes exactly its changes, or ends'),
  onDrift: z
    .enum(['fail', 'heal'])
    .optional()
    .describe('of a watch that sees a drift: to fail, or to repair what needs no decision'),
  accept: z
    .array(z.string().regex(/^[0-9a-f]{12}$/, '12 hexadecimal digits'))
    .max(MOST_KEYS)
    .optional()
    .describe('of a watch: digests of drifts that count as well from now on, as they are'),
  declaration: digest
    .optional()
    .describe('digest of the declaration to go by; the one in force is the default'),
  rotate: z
    .array(keyName)
    .min(1)
    .max(20)
    .optional()
    .describe(`what \`rotate\` makes anew: ${ROTATED.join(', ')}`),
  overlap: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .optional()
    .describe(`seconds in which the old credential goes on working; ${OVERLAP} is the default`),
  value: z
    .string()
    .regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits')
    .optional()
    .describe('which value of those that were given on the host a key gets: `rotate KEY --value` says it'),
  upgrade: z
    .array(keyName)
    .max(20)
    .optional()
    .describe('which services `upgrade` gives the image of the stack file; all of them is the default'),
  ...promotionSchema.partial().shape,
  undo: z
    .string()
    .regex(/^\d+-[0-9a-f]{16}$/, 'the name that a prune ended with')
    .optional()
    .describe('the prune whose keys are written back'),
  hosts: z.array(slug).min(1).max(MOST_KEYS).optional().describe('only these hosts that joined'),
  waitForHosts: z
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .describe('seconds to wait for a host that does not answer; 5 is the default'),
  host: claimsSchema.optional().describe('what a host that asks to join says of itself'),
  order: signedOrderSchema.optional().describe('what the home of a host has it do, signed'),
});

export type Choices = z.infer<typeof choicesSchema>;

const APPROVED = ['bootstrap', 'restore', 'promote', 'prune'];
/** Choices that only some workflows know: another one would take them and do nothing about them. */
const ONLY: Partial<Record<keyof Choices, readonly string[]>> = {
  approve: APPROVED,
  approveWithin: APPROVED,
  plan: APPROVED,
  onDrift: ['watch'],
  accept: ['watch'],
  rotate: ['rotate'],
  overlap: ['rotate'],
  value: ['rotate'],
  upgrade: ['upgrade'],
  from: ['promote'],
  keys: ['promote'],
  transport: ['promote'],
  undo: ['prune'],
  hosts: ['serveHosts'],
  waitForHosts: ['serveHosts', 'bootstrap'],
  host: ['join'],
  order: ['serveHost'],
};

/** What these have no way to do. */
const NO_DRY_RUN = ['join', 'serveHost', 'serveHosts'];

/** What may be said to a workflow of this type. */
export function choicesFor(workflowType: string) {
  const foreign = Object.entries(ONLY).filter(([, types]) => !types.includes(workflowType));
  const unknown = [
    ...foreign.map(([field]) => field),
    ...(NO_DRY_RUN.includes(workflowType) ? ['dryRun'] : []),
  ];
  const mask: { undo?: true } = Object.fromEntries(unknown.map((field) => [field, true]));
  const known = choicesSchema.omit(mask);
  if (workflowType === 'join') return known.required({ host: true });
  return workflowType === 'promote' ? known.required({ from: true }) : known;
}

/** Which values of another environment a run copies. */
export type Promotion = z.infer<typeof promotionSchema>;

/** The first argument of every activity of an environment: which one, as declared when, and the run's choices. */
export const runRefSchema = z.strictObject({
  environment: slug,
  /** Digest of the declaration that the run goes by. */
  declaration: digest,
  dryRun: z.boolean(),
  overwrite: z.union([z.boolean(), z.array(keyName).max(MOST_KEYS)]),
  service: slug.optional(),
  required: z.boolean().optional(),
  promotion: promotionSchema.optional(),
  /** The run that holds the environment's lock, where a child of it does the step. */
  under: z.strictObject({ workflowId: z.string().max(300), runId: z.string().max(100) }).optional(),
});

export type RunRef = z.infer<typeof runRefSchema>;

/** Where a run's environment is, and what the workflow must know of it. */
export interface RunStart {
  ref: RunRef;
  /** The queue of the environment on its host. */
  queue: string;
  allowPartial: boolean;
  /** Where nothing may be changed before somebody approves; `plan` is approved already. */
  approval?: { withinSeconds: number; plan?: string };
  /** Of a run that rotates credentials. */
  rotation?: Rotation;
  /** Services that an upgrade is asked for; all of them where it is not said. */
  upgrade?: string[];
  /** What a watch does about a drift, and which ones count as well. */
  onDrift?: 'fail' | 'heal';
  accept?: string[];
  /** Whether this host runs the stack, or somebody else runs Infisical. */
  infrastructure: 'stack' | 'external';
  /** Of a host that joined the environment: its name there, and whether it runs services. */
  joined?: { name: string; hasServices: boolean };
  /** Whether other hosts joined. */
  hosts?: true;
  /** False where the server does not know our search attributes: to set one would block the workflow. */
  searchAttributes: boolean;
  /** The same of those that a watch sets. */
  driftAttributes?: boolean;
  /** Who started the run, as the server knows it: `temporal-cli:anna@laptop`; empty for one that came of another. */
  startedBy: string;
}

/** An activity's reference to its run, checked: what a payload holds is not trusted. */
export function parseRunRef(given: unknown): RunRef {
  const parsed = runRefSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = zodLines(parsed.error, runRefSchema, 'reference').join('; ');
  throw badInput(`A step was given a reference that no run makes: ${problems}.`);
}
