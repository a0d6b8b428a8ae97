/** Where jest's own process lends servers to the tests of all its workers. Not set outside of jest, nor in the unit lane. */
export const LENDER = 'ONEX_TEST_SERVERS';

/** What may be borrowed: each time another database or namespace of one server, or a bundle that is made once. */
export interface Lent {
  postgres: { uri: string };
  redis: { url: string };
  temporal: { address: string; namespace: string };
  'workflow-bundle': { path: string };
  'dev-infisical': { path: string };
}

/** Undefined where there is no lender: the caller starts one of its own. */
export async function borrow<What extends keyof Lent>(what: What): Promise<Lent[What] | undefined> {
  const lender = process.env[LENDER];
  if (lender === undefined) return undefined;
  const answer = await fetch(`${lender}/${what}`);
  if (!answer.ok) throw new Error(`no ${what} to borrow: ${await answer.text()}`);
  return (await answer.json()) as Lent[What];
}
