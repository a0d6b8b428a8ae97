const lastOf = new Map<string, Promise<unknown>>();

/** Runs `work` after all earlier work of the same `name` in this process has ended, well or not. */
export async function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
  const mine = (lastOf.get(name) ?? Promise.resolve()).then(work, work);
  lastOf.set(name, mine);
  try {
    return await mine;
  } finally {
    if (lastOf.get(name) === mine) lastOf.delete(name);
  }
}
