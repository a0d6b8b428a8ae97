import type { Client } from '@temporalio/client';
import { DRIFT_ATTRIBUTES, SEARCH_ATTRIBUTES } from '../contracts/core/names';

const [KEYWORD, INT, DATETIME] = [2, 3, 6]; // temporal.api.enums.v1.IndexedValueType

/** Which of our search attributes the server knows: those of every run, and those of watches. */
export interface KnownAttributes {
  runs: boolean;
  drift: boolean;
}

/** The search attributes that the server knows, after an attempt to register those that it lacks. */
export async function ensureSearchAttributes(client: Client): Promise<KnownAttributes> {
  const runs = await ensure(client, Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])));
  const { count, inStepAt } = DRIFT_ATTRIBUTES;
  return { runs, drift: runs && (await ensure(client, { [count]: INT, [inStepAt]: DATETIME })) };
}

async function ensure({ connection, options }: Client, wanted: Record<string, number>): Promise<boolean> {
  const { namespace } = options;
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const lacking = Object.entries(wanted).filter(([name]) => known.customAttributes?.[name] === undefined);
    if (lacking.length > 0)
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(lacking),
      });
    return true;
  } catch {
    return false; // Temporal Cloud registers them by its own tools; runs work without
  }
}
