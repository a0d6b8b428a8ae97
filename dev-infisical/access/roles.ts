/** The built-in roles, weakest first. Projects know all four, organisations all but `viewer`. */
export const ROLES = ['no-access', 'viewer', 'member', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Action = 'read' | 'create' | 'edit' | 'delete';

export const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name);

/** What a project role may do; `workspace` is the project itself, which only its administrators delete. */
export function projectRoleAllows(role: string, action: Action, subject: string): boolean {
  switch (role) {
    case 'admin':
      return true;
    case 'member':
      return !(subject === 'workspace' && action === 'delete');
    case 'viewer':
      return action === 'read';
    default:
      return false;
  }
}

/** What an organisation role may do with `workspace` (projects) and `identity`. */
export function organizationRoleAllows(role: string, action: Action, subject: string): boolean {
  if (role === 'admin') return true;
  if (role !== 'member') return false;
  return subject === 'identity' || action === 'create' || action === 'read';
}

/** True when `mine` covers `theirs`: nobody hands out more than they have. */
export function outranks(mine: string[], theirs: string): boolean {
  const rank = (role: string) => ROLES.indexOf(role as Role);
  return Math.max(-1, ...mine.map(rank)) >= rank(theirs);
}
