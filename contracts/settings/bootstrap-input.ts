import { z } from 'zod';

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens');

/**
 * What a caller may say when starting a workflow. Every field is optional: what is left out comes from the
 * worker's own configuration. Paths are on the host that does the work. No field ever holds a secret.
 */
export const bootstrapInputSchema = z.strictObject({
  environment: slug.optional().describe('Infisical environment, also the name of the stack (default dev)'),
  host: z.string().min(1).optional().describe('host whose engine and files are used (default: any worker)'),
  stackFile: z.string().min(1).optional().describe('Compose file of the infrastructure'),
  infisical: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('an Infisical that something else runs'),
  contracts: z.array(z.string().min(1)).optional().describe('directories or files with contract YAML'),
  registry: z.string().min(1).optional().describe('shared key registry'),
  overlay: z.string().min(1).optional().describe('machine-class overlay file'),
  machineClass: slug.optional().describe('machine class whose overlay applies'),
  service: slug.optional().describe('service of nodes whose contract names none'),
  envFiles: z
    .array(z.string().min(1))
    .optional()
    .describe('PATH of shared values, SERVICE=PATH of one service'),
  folders: z.record(z.string(), z.string()).optional().describe('folder of a transport, e.g. {database: db}'),
  projectSlug: slug.min(5).max(36).optional(),
  runtimeEnvFile: z.string().min(1).optional().describe('env file that receives the runtime identity'),
  overwrite: z.boolean().optional().describe('replace values that differ on the server'),
  dryRun: z.boolean().optional().describe('report what would happen and change nothing'),
  required: z.boolean().optional().describe('controlled lane: Infisical wins over the environment'),
});

export type BootstrapInput = z.infer<typeof bootstrapInputSchema>;
