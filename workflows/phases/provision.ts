import type { IdentityFacts } from '../../contracts/report/outlines';
import type { Run } from '../run';

/** First time only: administrator, project, a runtime identity that reads and a seeder that writes. */
export async function provision(run: Run, address: string): Promise<IdentityFacts> {
  const { settings } = run;
  await run.shared('awaitInfisical', 'await', `Infisical to answer at ${address}`)(address);

  const adopted = await run.host(
    'adoptIdentity',
    'infisical',
    'the given identity to log in',
  )(settings, address);
  if (adopted !== undefined) {
    run.note(adopted.changes);
    return adopted.facts;
  }
  const found = await run.host(
    'findIdentity',
    'infisical',
    'the stored identities to log in',
  )(settings, address);
  if (found !== undefined) {
    await writeRuntimeEnv(run, address);
    return found;
  }
  run.note((await run.host('ensureAdmin', 'infisical', 'an administrator')(settings, address)).changes);
  run.note((await run.host('ensureProject', 'infisical', 'the project')(settings, address)).changes);
  for (const role of ['seeder', 'runtime'] as const) {
    const ensured = await run.host('ensureIdentity', 'infisical', `the ${role} identity`)(
      settings,
      address,
      role,
    );
    run.note(ensured.changes);
  }
  const { changes, facts } = await run.host(
    'finishIdentity',
    'infisical',
    'proof of the identities',
  )(settings, address);
  run.note(changes);
  await writeRuntimeEnv(run, address);
  return facts;
}

async function writeRuntimeEnv(run: Run, address: string): Promise<void> {
  run.note(
    (await run.host('writeRuntimeEnv', 'quick', 'the runtime’s env file')(run.settings, address)).changes,
  );
}
