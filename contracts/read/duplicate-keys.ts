import { isScalar, visit, type Document } from 'yaml';

interface DuplicateKey {
  key: string;
  offset: number;
}

/** The keys that stand more than once in one mapping of the document, with the offset of each repetition. */
export function duplicateKeys(document: Document): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value === 'symbol') continue;
        if (seen.has(key.value)) found.push({ key: String(key.value), offset: key.range?.[0] ?? 0 });
        seen.add(key.value);
      }
    },
  });
  return found;
}
