import type { Choices } from '../contracts/run/run-ref';
import type { IdentityFacts, Listed, Outcome } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { note } from './phase-notes';
import { startInfrastructure } from './phases/infrastructure';
import { preflight } from './phases/preflight';
import { provision } from './phases/provision';
import { wholeStack } from './phases/recovery';
import { end } from './report';

/** The identity phase alone, with the infrastructure that it needs. */
export function provisionIdentity(
  input: Choices = {},
  carried?: Carried,
): Promise<IdentityFacts & { outcome: Outcome; changes: Listed }> {
  return asWriter(input, carried, ['preflight', 'infrastructure', 'identity'], async (run) => {
    const found = await run.phase('preflight', () => preflight(run), note.preflight);
    await run.phase('infrastructure', () => startInfrastructure(run, found), note.infrastructure);
    const ground = wholeStack(found.stack?.services ?? []);
    const facts = await run.phase('identity', () => provision(run, ground), note.identity);
    const result = { ...facts, outcome: 'complete' as const, changes: run.changes };
    end(run, 'complete', [], result);
    return result;
  });
}
