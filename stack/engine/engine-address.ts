import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';

/** A Docker Engine that was named, as an environment declares it. */
export const engineSchema = z.strictObject({
  /** A DOCKER_HOST value: unix, tcp or ssh. */
  host: z.string(),
  /** The Docker context that names it. */
  context: z.string().optional(),
  /** The folder of ca.pem, cert.pem and key.pem, each where it is there; and whether the engine's certificate is checked. */
  tls: z.strictObject({ folder: z.string(), verify: z.boolean() }).optional(),
});
export type NamedEngine = z.infer<typeof engineSchema>;

/** As messages name it. */
export const engineName = ({ host, context }: NamedEngine): string =>
  context === undefined ? `DOCKER_HOST=${host}` : `${host} (Docker context ${context})`;

/** What Docker writes for a context; the folder is named by a digest of the context's name. */
const metaSchema = z.object({
  Name: z.string(),
  Endpoints: z.object({
    docker: z.object({ Host: z.string().default(''), SkipTLSVerify: z.boolean().default(false) }),
  }),
});
const configSchema = z.object({ currentContext: z.string().default('') });
const DEFAULT = 'default';

/**
 * The engine that a shell means, by the rules of Docker's own command: DOCKER_HOST, else DOCKER_CONTEXT, else the context
 * in use (`docker context use`), where that counts. `local` is the context `default`; undefined where nothing is said.
 */
export async function engineOfShell(
  variables: ReadonlyMap<string, Secret>,
  { workingDir, contextInUse }: { workingDir: string; contextInUse: boolean },
): Promise<NamedEngine | 'local' | undefined> {
  const value = (name: string) => variables.get(name)?.reveal();
  const folder = dockerFolder(variables, workingDir);
  const host = value('DOCKER_HOST');
  if (host !== undefined) {
    const certificates = value('DOCKER_CERT_PATH');
    return { host, ...tlsOf(value, certificates === undefined ? folder : resolve(workingDir, certificates)) };
  }
  const named = value('DOCKER_CONTEXT');
  if (named !== undefined) return named === DEFAULT ? 'local' : readContext(folder, named, 'DOCKER_CONTEXT');
  if (!contextInUse) return undefined;
  const file = join(folder, 'config.json');
  const inUse = (await readDockerJson(file, configSchema))?.currentContext ?? '';
  return inUse === '' || inUse === DEFAULT ? undefined : readContext(folder, inUse, file);
}

/** The folder of Docker's own configuration. */
export function dockerFolder(variables: ReadonlyMap<string, Secret>, workingDir = ''): string {
  const named = variables.get('DOCKER_CONFIG')?.reveal();
  return resolve(workingDir, named ?? join(variables.get('HOME')?.reveal() ?? '/root', '.docker'));
}

// any value but a blank one counts, as for Docker
function tlsOf(value: (name: string) => string | undefined, folder: string): Pick<NamedEngine, 'tls'> {
  const verify = value('DOCKER_TLS_VERIFY') !== undefined;
  if (!verify && value('DOCKER_TLS') === undefined) return {};
  return { tls: { folder, verify } };
}

async function readContext(folder: string, name: string, saidBy: string): Promise<NamedEngine | 'local'> {
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(folder, 'contexts');
  const meta = await readDockerJson(join(contexts, 'meta', id, 'meta.json'), metaSchema);
  if (meta === undefined)
    throw badInput(
      `${saidBy} names the Docker context ${name}, which is not in ${contexts}. There are: ${(await namesIn(contexts)).join(', ')}.`,
    );
  const { Host: host, SkipTLSVerify: isUnchecked } = meta.Endpoints.docker;
  if (host === '') return 'local';
  const tls = join(contexts, 'tls', id, 'docker');
  const isTls = isUnchecked || (await readdir(tls).catch(() => [])).length > 0;
  return { host, context: name, ...(isTls && { tls: { folder: tls, verify: !isUnchecked } }) };
}

async function namesIn(contexts: string): Promise<string[]> {
  const ids = await readdir(join(contexts, 'meta')).catch(() => [] as string[]);
  const found = await Promise.all(
    ids.map((id) =>
      readDockerJson(join(contexts, 'meta', id, 'meta.json'), metaSchema).catch(() => undefined),
    ),
  );
  return [DEFAULT, ...found.flatMap((meta) => meta?.Name ?? []).sort()];
}

/** Undefined where there is no such file; BadInput where it is another one than Docker writes. */
export async function readDockerJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw badInput(`${path}, of Docker's own configuration, cannot be read (${code}).`);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw badInput(
      `${path} is not as Docker writes it. Repair it with docker context, or name the engine in DOCKER_HOST.`,
    );
  }
}
