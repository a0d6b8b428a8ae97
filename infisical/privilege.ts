import stringify from 'safe-stable-stringify';
import { z } from 'zod';

/** What an identity may do in its project, and where. */
export interface Grant {
  may: 'read' | 'write';
  environment: string;
  /** Folders with everything below them; all where there are none. */
  folders: readonly string[];
}

/** An identity in a project. */
export interface Member {
  projectId: string;
  identityId: string;
}

/** What a grant is called at the server, among the privileges of an identity. */
export const PRIVILEGE = 'onex-bootstrap';

const ruleSchema = z.object({
  subject: z.string(),
  action: z.union([z.string(), z.array(z.string())]),
  conditions: z.unknown(),
});
export type Rule = z.infer<typeof ruleSchema>;
/** A privilege as every generation shows it. */
export const privilegeSchema = z.object({ privilege: z.object({ permissions: z.array(ruleSchema) }) });

/** The paths that a grant reaches, as conditions of rules take them. */
export const globsOf = ({ folders }: Grant): string[] =>
  folders.length === 0 ? ['/**'] : folders.map((folder) => `${folder}/**`);

/** The server may give them back in another order. */
export function sameRules(some: readonly Rule[], others: readonly Rule[]): boolean {
  const text = (rules: readonly Rule[]) =>
    rules
      .map(({ subject, action, conditions }) =>
        stringify({ subject, action: [action].flat().sort(), conditions }),
      )
      .sort()
      .join();
  return text(some) === text(others);
}
