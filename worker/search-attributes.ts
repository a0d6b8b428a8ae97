import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/core/names';

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType

/** Whether the server knows our search attributes, after an attempt to register those that it lacks. */
export async function ensureSearchAttributes(client: Client): Promise<boolean> {
  const { namespace } = client.options;
  try {
    const known = await client.connection.operatorService.listSearchAttributes({ namespace });
    const lacking = SEARCH_ATTRIBUTES.filter((name) => known.customAttributes?.[name] === undefined);
    if (lacking.length > 0) {
      await client.connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(lacking.map((name) => [name, KEYWORD])),
      });
    }
    return true;
  } catch {
    return false; // Temporal Cloud registers them by its own tools; runs work without
  }
}
