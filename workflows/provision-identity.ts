import type { IdentityFacts } from '../contracts/report/outlines';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { asWriter } from './as-writer';
import { startInfrastructure } from './phases/infrastructure';
import { preflight } from './phases/preflight';
import { provision } from './phases/provision';
import { note } from './phase-notes';

/** The identity phase alone, with the infrastructure that it needs. */
export function provisionIdentity(
  input: BootstrapInput = {},
): Promise<IdentityFacts & { changes: string[] }> {
  return asWriter(input, ['preflight', 'infrastructure', 'identity'], async (run) => {
    const { stack } = await run.phase('preflight', () => preflight(run), note.preflight);
    const infra = await run.phase(
      'infrastructure',
      () => startInfrastructure(run, stack),
      note.infrastructure,
    );
    const facts = await run.phase('identity', () => provision(run, infra.address), note.identity);
    run.finish('complete');
    return { ...facts, changes: run.changes };
  });
}
