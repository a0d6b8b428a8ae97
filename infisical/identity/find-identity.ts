import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';

/** The metadata key that marks an identity as ours (servers of 2024 keep no metadata). */
export const TAG_KEY = 'managed-by';

const found = z.object({ identity: z.object({ id: z.string(), name: z.string() }) });
const searchSchema = z.object({ identities: z.array(found) });
const listSchema = z.object({ identityMemberships: z.array(found), totalCount: z.number().optional() });
const detailSchema = z.object({
  identity: z.object({
    metadata: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
  }),
});
const PAGE = 100;

export interface IdentityQuery {
  name: string;
  organizationId: string;
  tag: string;
  /** The identity of an earlier run. */
  storedId: string | undefined;
}

/** The organisation's identity of exactly this name. Names are not unique: of several, ours, else a refusal. */
export async function findIdentity(session: Session, query: IdentityQuery): Promise<string | undefined> {
  const ids = await idsByName(session, query);
  const [first, ...twins] = ids;
  if (twins.length === 0) return first;
  if (query.storedId !== undefined && ids.includes(query.storedId)) return query.storedId;
  const tagged: string[] = [];
  for (const id of ids) if (await carriesTag(session, id, query.tag)) tagged.push(id);
  const [ours, ...more] = tagged;
  if (ours !== undefined && more.length === 0) return ours;
  throw refused(
    `The organisation has ${ids.length} identities called ${query.name}, and which one is ours cannot be told: ` +
      `${ids.join(', ')}. Delete or rename all but one in Infisical and run again.`,
  );
}

async function idsByName(session: Session, { name, organizationId }: IdentityQuery): Promise<string[]> {
  try {
    const body = { search: { name: { $eq: name } }, limit: PAGE };
    const route = '/api/v1/identities/search';
    const { identities } = await session.send({ method: 'POST', route, body }, searchSchema);
    return identities.filter(({ identity }) => identity.name === name).map(({ identity }) => identity.id);
  } catch (error) {
    if (!isInfisicalError(error, 'routeMissing')) throw error;
    return idsByListing(session, name, organizationId);
  }
}

async function idsByListing(session: Session, name: string, organizationId: string): Promise<string[]> {
  const ids = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const { identityMemberships, totalCount } = await session.send(
      {
        method: 'GET',
        route: '/api/v2/organizations/:organizationId/identity-memberships',
        params: { organizationId },
        query: { offset: String(offset), limit: String(PAGE), search: name },
      },
      listSchema,
    );
    identityMemberships
      .filter(({ identity }) => identity.name === name)
      .forEach(({ identity }) => ids.add(identity.id));
    if (identityMemberships.length < PAGE || offset + PAGE >= (totalCount ?? 0)) return [...ids];
  }
}

async function carriesTag(session: Session, identityId: string, tag: string): Promise<boolean> {
  const { identity } = await session.send(
    { method: 'GET', route: '/api/v1/identities/:identityId', params: { identityId } },
    detailSchema,
  );
  return (identity.metadata ?? []).some(({ key, value }) => key === TAG_KEY && value === tag);
}
