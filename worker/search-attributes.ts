import type { Client } from '@temporalio/client';
import { DRIFT_ATTRIBUTES, SEARCH_ATTRIBUTES } from '../contracts/core/names';

const [KEYWORD, INT, DATETIME] = [2, 3, 6]; // temporal.api.enums.v1.IndexedValueType

/** Which of our search attributes the server knows: those of every run, and those of watches. */
export interface KnownAttributes {
  runs: boolean;
  drift: boolean;
}

/** The search attributes that the server knows, after an attempt to register those that it lacks. */
export async function ensureSearchAttributes({ connection, options }: Client): Promise<KnownAttributes> {
  const { namespace } = options;
  const { operatorService } = connection;
  const listed = await operatorService.listSearchAttributes({ namespace }).catch(() => undefined);
  if (listed === undefined) return { runs: false, drift: false };
  const ensure = async (wanted: Record<string, number>) => {
    const lacking = Object.entries(wanted).filter(([name]) => listed.customAttributes?.[name] === undefined);
    if (lacking.length === 0) return true;
    const added = { namespace, searchAttributes: Object.fromEntries(lacking) };
    return operatorService.addSearchAttributes(added).then(
      () => true,
      () => false, // Temporal Cloud registers them by its own tools; runs work without
    );
  };
  const runs = await ensure(Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])));
  const { count, inStepAt } = DRIFT_ATTRIBUTES;
  return { runs, drift: runs && (await ensure({ [count]: INT, [inStepAt]: DATETIME })) };
}
