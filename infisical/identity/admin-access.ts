import type { Session } from '../session';

/** An administrator of the organisation, and how we became one. */
export interface AdminAccess {
  session: Session;
  organizationId: string;
  via: 'password' | 'bootstrapToken';
}
