/** Rows whose name holds a text in any case: how many, and one page of them. */
export function pageOf<Row extends { name: string }>(
  rows: Row[],
  search: string,
  { offset, limit }: { offset: number; limit: number },
): { page: Row[]; total: number } {
  const found = rows.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  return { page: found.slice(offset, offset + limit), total: found.length };
}
