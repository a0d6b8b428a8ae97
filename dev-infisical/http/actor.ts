/** Who calls. A user without `orgId` has not selected an organisation yet. */
export type Actor =
  | { type: 'user'; id: string; orgId: string | undefined; superAdmin: boolean }
  | { type: 'identity'; id: string; orgId: string; superAdmin: boolean };
