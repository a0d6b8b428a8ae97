import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import type { ObservedSecret } from '../../contracts/plan/places';
import { secretsGeneration } from '../detect-capabilities';
import { Deadline } from '../http';
import { InfisicalError, isInfisicalError } from '../problem';
import { readProject } from '../identity/read-project';
import type { Session } from '../session';
import type { Scope } from './scope';

export interface ListSecretsInput extends Scope {
  path?: string;
  recursive?: boolean;
}

const answerSchema = z.object({
  secrets: z.array(
    z.object({
      secretKey: z.string(),
      secretValue: z.string(),
      secretPath: z.string(),
      version: z.number(),
      type: z.string().default('shared'),
      secretValueHidden: z.boolean().default(false),
    }),
  ),
});
type Answer = z.infer<typeof answerSchema>;

/**
 * Every shared secret under `path` in one request, values as stored (references not expanded, imports left out).
 * A folder or environment that does not exist has none. A key that the server holds twice comes twice.
 */
export async function listSecrets(session: Session, input: ListSecretsInput): Promise<ObservedSecret[]> {
  const generation = await secretsGeneration(session.http);
  const { secrets } = await request(session, input, generation);
  return secrets
    .filter(({ type }) => type === 'shared')
    .map(({ secretKey, secretPath, secretValue, secretValueHidden, version }) => {
      const folder = folderOf(secretPath);
      if (secretValueHidden)
        throw new InfisicalError(
          `This identity sees ${secretKey} in ${folder} but not its value: its role needs "read value" on secrets`,
          { kind: 'forbidden' },
        );
      return { folder, key: secretKey, version, value: new Secret(secretValue) };
    });
}

async function request(session: Session, input: ListSecretsInput, generation: 'v4' | 'v3'): Promise<Answer> {
  const { projectId, environment, path = '/', recursive = true } = input;
  try {
    return await session.send(
      {
        method: 'GET',
        route: generation === 'v4' ? '/api/v4/secrets' : '/api/v3/secrets/raw',
        query: {
          [generation === 'v4' ? 'projectId' : 'workspaceId']: projectId,
          environment,
          secretPath: path,
          recursive: String(recursive),
          include_imports: 'false',
          expandSecretReferences: 'false',
          viewSecretValue: 'true',
        },
        deadline: Deadline.batch,
      },
      answerSchema,
    );
  } catch (error) {
    if (isInfisicalError(error, 'notFound') && !/project/i.test(error.server.text ?? ''))
      return { secrets: [] };
    if (generation === 'v3' && recursive && isInfisicalError(error, 'unavailable') && error.status === 500)
      return explainError500(session, input, error);
    throw error;
  }
}

// the server of 2024 answers a recursive listing of an unknown environment with 500
async function explainError500(session: Session, { projectId, environment }: Scope, error: InfisicalError) {
  const { environments } = await readProject(session, projectId);
  if (!environments.some(({ slug }) => slug === environment)) return { secrets: [] };
  throw new InfisicalError(
    `${error.message} (the environment ${environment} exists, so this is a fault of the server: see its log)`,
    error.problem,
    error.status,
    error.server,
  );
}

const folderOf = (path: string) => path.replace(/\/+$/, '') || '/';
