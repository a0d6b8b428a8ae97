import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { detectCapabilities } from '../../../../activities/infisical/detect-capabilities';
import { adoptIdentity } from '../../../../activities/infisical/identity/adopt-identity';
import { ensureAdmin } from '../../../../activities/infisical/identity/ensure-admin';
import { ensureMembership } from '../../../../activities/infisical/identity/ensure-membership';
import { ensureProject } from '../../../../activities/infisical/identity/ensure-project';
import { provisionIdentities } from '../../../../activities/infisical/identity/provision-identities';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(60_000);

let instances: Awaited<ReturnType<typeof startInstances>>;
beforeAll(async () => {
  instances = await startInstances();
});
afterAll(() => instances.stop());

async function admin({ client, wanted }: Instance) {
  const http = client();
  return ensureAdmin({ ...wanted(), http, caps: await detectCapabilities(http) });
}

async function addIdentity(instance: Instance, name: string): Promise<string> {
  const { session, organizationId } = await admin(instance);
  const body = { name, organizationId, role: 'no-access' };
  const schema = z.object({ identity: z.object({ id: z.string() }) });
  return (await session.send({ method: 'POST', route: '/api/v1/identities', body }, schema)).identity.id;
}

describe.each(['current', '2024'] as const)('identities, %s generation', (generation) => {
  it('keeps to the stored one among twins', async () => {
    const instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    await addIdentity(instance, 'onex-runtime');
    const wanted = instance.wanted();
    wanted.project.environments.push('later');
    expect((await provisionIdentities(wanted)).changes).toEqual(['created environment later']);
  });

  it('uses the one that exists, and refuses to guess among several', async () => {
    const instance = await instances.fresh({ generation });
    const first = await addIdentity(instance, 'onex-runtime');
    const second = await addIdentity(instance, 'onex-runtime');
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(`(${first}|${second}), (${first}|${second}).*Delete or rename`),
    });
    const { session } = await admin(instance);
    await session.send(
      { method: 'DELETE', route: '/api/v1/identities/:id', params: { id: second } },
      z.unknown(),
    );
    const { runtime, changes } = await provisionIdentities(instance.wanted());
    expect(runtime.identityId).toBe(first);
    expect(changes).not.toContain('created identity onex-runtime');
  });

  it('corrects a role that somebody changed', async () => {
    const instance = await instances.fresh({ generation });
    const { project, runtime } = await provisionIdentities(instance.wanted());
    const { session } = await admin(instance);
    const place = { projectId: project.id, identityId: runtime.identityId };
    await expect(ensureMembership(session, place, 'viewer')).resolves.toBe('unchanged');
    await expect(ensureMembership(session, place, 'member')).resolves.toBe('changed');
    await expect(ensureMembership(session, place, 'viewer')).resolves.toBe('changed');
  });

  it('adopts an identity with three requests and no write', async () => {
    const instance = await instances.fresh({ generation });
    const { project, seeder } = await provisionIdentities(instance.wanted());
    instance.requests.length = 0;
    const given = { http: instance.client(), ...seeder, projectId: project.id };
    const adopted = await adoptIdentity(given);
    expect(adopted).toEqual({
      projectId: project.id,
      slug: 'onex-platform',
      environments: expect.arrayContaining(['dev', 'qa']),
    });
    expect(instance.requests).toHaveLength(3);
    expect(instance.requests.filter((line) => !line.startsWith('GET') && !line.endsWith('/login'))).toEqual(
      [],
    );
    const unknown = { ...given, projectId: '00000000-0000-4000-8000-000000000000' };
    await expect(adoptIdentity(unknown)).rejects.toMatchObject({
      kind: expect.stringMatching(/notFound|forbidden/),
    });
  });

  it('finds a project by its slug, and makes only environments that are missing', async () => {
    const instance = await instances.fresh({ generation });
    const { session } = await admin(instance);
    const wanted = { name: 'ONEX', slug: 'onex-platform', environments: ['dev'] };
    const first = await ensureProject(session, wanted);
    const again = await ensureProject(session, { ...wanted, environments: ['dev', 'extra'] });
    expect(again).toEqual({
      projectId: first.projectId,
      environmentIds: { ...first.environmentIds, extra: expect.any(String) },
      changes: ['created environment extra'],
    });
    await expect(ensureProject(session, { ...wanted, slug: 'onex' })).rejects.toThrow(/5 to 36/);
  });

  it('serves another project from the same identities', async () => {
    const instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    const other = {
      ...instance.wanted(),
      project: { name: 'Two', slug: 'project-two', environments: ['dev'] },
    };
    const { changes, project } = await provisionIdentities(other);
    expect(project.slug).toBe('project-two');
    expect(changes).toEqual([
      'created project project-two',
      'added onex-runtime to the project as viewer',
      'added onex-seeder to the project as member',
    ]);
    const state = JSON.parse(await readFile(join(instance.stateDir, 'identity.json'), 'utf8'));
    expect(state.projectId).toBe(project.id);
  });
});
