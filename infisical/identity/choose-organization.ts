import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import type { Session } from '../session';

const answerSchema = z.object({ organizations: z.array(z.object({ id: z.string(), name: z.string() })) });

/** The id of the organisation to work in: by id, by name, or the only one. */
export async function chooseOrganization(
  session: Session,
  { id, name, email }: { id: string | undefined; name: string; email: string },
): Promise<string> {
  const { organizations } = await session.send(
    { method: 'GET', route: '/api/v1/organization' },
    answerSchema,
  );
  const known = organizations.find((organization) => organization.id === id);
  if (known) return known.id;
  const named = organizations.filter((organization) => organization.name === name);
  const [only, ...others] = named.length > 0 ? named : organizations;
  if (only && others.length === 0) return only.id;
  if (!only)
    throw refused(
      `The account ${email} belongs to no organisation: the set-up of this instance ended half-way and its API ` +
        'cannot finish it. It holds no secrets yet: empty its database and run again.',
    );
  const names = organizations.map((organization) => `"${organization.name}" (${organization.id})`).join(', ');
  throw refused(
    `The account ${email} belongs to several organisations, and not to exactly one called "${name}": ${names}. ` +
      'Name one with ONEX_ORGANIZATION.',
  );
}
