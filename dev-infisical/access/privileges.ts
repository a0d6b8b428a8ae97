import { z } from 'zod';
import type { Action } from './roles';

/** Where in a project something is asked for. */
export interface At {
  environment: string;
  path: string;
}

const operators = z.object({ $eq: z.string(), $in: z.string().array(), $glob: z.string() }).partial();
const condition = z.union([z.string().transform((value) => ({ $eq: value })), operators]);
type Condition =
  | string
  | { $eq?: string | undefined; $in?: string[] | undefined; $glob?: string | undefined };

/** What an identity may do beyond its roles, of what the real server knows: environments and paths as conditions. */
export const rule = z.object({
  subject: z.string(),
  action: z.string().array(),
  conditions: z.object({ environment: condition, secretPath: condition }).partial().optional(),
});

/** The same in 2024: an environment is a text and stays one, a path a glob; one action each is taken, and shown in a list. */
export const olderRule = z.object({
  subject: z.string(),
  action: z.enum(['read', 'create', 'edit', 'delete']).transform((one) => [one as string]),
  conditions: z
    .object({ environment: z.string(), secretPath: operators.pick({ $glob: true }) })
    .partial()
    .optional(),
});

export interface Rule {
  subject: string;
  action: string[];
  conditions?: { environment?: Condition | undefined; secretPath?: Condition | undefined } | undefined;
}

/** Whether one of the rules allows it there; anywhere, where no place is asked for. */
export function privilegesAllow(
  rules: readonly Rule[],
  action: Action,
  subject: string,
  at: At | undefined,
): boolean {
  return rules.some(({ action: actions, conditions = {}, ...each }) => {
    if (each.subject !== subject || !covers(actions, action, subject)) return false;
    if (at === undefined) return true;
    return matches(conditions.environment, at.environment) && matches(conditions.secretPath, at.path);
  });
}

// reading a secret is describing it and reading its value; the older name means both
const covers = (actions: readonly string[], action: Action, subject: string) =>
  actions.includes(action) ||
  (subject === 'secrets' &&
    action === 'read' &&
    ['describeSecret', 'readValue'].every((each) => actions.includes(each)));

function matches(wanted: Condition | undefined, value: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return wanted === value;
  const { $eq, $in, $glob } = wanted;
  if ($eq !== undefined && $eq !== value) return false;
  if ($in !== undefined && !$in.includes(value)) return false;
  return $glob === undefined || globbed($glob).test(value);
}

/** `/a/**` is `/a` and everything below it; `*` stays within a segment. */
function globbed(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\?]/g, '\\$&');
  const pattern = escaped.replace(/\/\*\*|\*\*|\*/g, (found) =>
    found === '/**' ? '(/.*)?' : found === '**' ? '.*' : '[^/]*',
  );
  return new RegExp(`^${pattern}$`);
}
