import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureAdmin } from '../../../infisical/identity/administrator';
import { ensureGrant, ensureRole } from '../../../infisical/identity/grant';
import { ensureProject, readProject } from '../../../infisical/identity/project';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(60_000);

const admin = ({ wanted }: Instance) => ensureAdmin(wanted());

async function addIdentity(instance: Instance, name: string): Promise<string> {
  const { session, organizationId } = await admin(instance);
  const body = { name, organizationId, role: 'no-access' };
  const schema = z.object({ identity: z.object({ id: z.string() }) });
  return (await session.send({ method: 'POST', route: '/api/v1/identities', body }, schema)).identity.id;
}

describe.each(['current', '2024'] as const)('identities, %s generation', (generation) => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let first: Instance;
  let instance: Instance;
  beforeAll(async () => {
    instances = await startInstances();
    first = await instances.fresh({ generation });
    await admin(first);
  });
  afterAll(() => instances.stop());
  beforeEach(async () => {
    instance = await first.another();
  });

  it('keeps to the stored one among twins', async () => {
    await provisionIdentities(instance.wanted());
    await addIdentity(instance, `${instance.namePrefix}-runtime`);
    const wanted = instance.wanted();
    wanted.project.environments.push('later');
    expect((await provisionIdentities(wanted)).changes).toEqual(['created environment later']);
  });

  it('uses the one that exists, and refuses to guess among several', async () => {
    const name = `${instance.namePrefix}-runtime`;
    const one = await addIdentity(instance, name);
    const two = await addIdentity(instance, name);
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(`(${one}|${two}), (${one}|${two}).*Delete or rename`),
    });
    const { session } = await admin(instance);
    await session.send(
      { method: 'DELETE', route: '/api/v1/identities/:id', params: { id: two } },
      z.unknown(),
    );
    const { runtime, changes } = await provisionIdentities(instance.wanted());
    expect(runtime.identityId).toBe(one);
    expect(changes).not.toContain(`created identity ${name}`);
  });

  it('corrects a role that somebody changed', async () => {
    const { project, runtime } = await provisionIdentities(instance.wanted());
    const { session } = await admin(instance);
    const place = { projectId: project.id, identityId: runtime.identityId };
    const grant = { may: 'read', environment: 'dev', folders: [] } as const;
    await expect(ensureGrant(session, place, grant)).resolves.toMatchObject({ changed: false });
    await ensureRole(session, place, 'admin');
    await expect(ensureGrant(session, place, grant)).resolves.toMatchObject({ changed: true });
    await expect(ensureGrant(session, place, grant)).resolves.toMatchObject({ changed: false });
  });

  it('finds a project by its slug, and makes only environments that are missing', async () => {
    const { session } = await admin(instance);
    const wanted = { slug: 'found-by-slug', environments: ['dev'] };
    const made = await ensureProject(session, wanted);
    const again = await ensureProject(session, { ...wanted, environments: ['dev', 'extra'] });
    expect(again).toEqual({
      projectId: made.projectId,
      changes: ['created environment extra'],
    });
    const { environments } = await readProject(session, made.projectId);
    expect(environments.map(({ slug }) => slug)).toContain('extra');
    await expect(ensureProject(session, { ...wanted, slug: 'onex' })).rejects.toThrow(/5 to 36/);
  });

  it('serves another project from the same identities', async () => {
    await provisionIdentities(instance.wanted());
    const other = {
      ...instance.wanted(),
      project: { slug: 'project-two', environments: ['dev'] },
    };
    const { changes, project } = await provisionIdentities(other);
    const { namePrefix } = instance;
    expect(project.slug).toBe('project-two');
    expect(changes).toEqual([
      'created project project-two',
      `let ${namePrefix}-runtime read dev`,
      `let ${namePrefix}-seeder read and write dev`,
    ]);
    const state = JSON.parse(await readFile(join(instance.stateDir, 'identity.json'), 'utf8'));
    expect(state.projectId).toBe(project.id);
  });
});
