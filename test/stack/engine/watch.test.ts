import type { Stack } from '../../../stack/compose/stack';
import { findContainer } from '../../../stack/engine/containers';
import { observeStack } from '../../../stack/engine/observe-stack';
import { removeStack } from '../../../stack/engine/remove-stack';
import { runCommand } from '../../../stack/engine/run-command';
import { freePort } from '../../support/local-services';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

const FOR_EVER = 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e6)';
const run = (script: string) => `image: node:20-alpine, command: [node, -e, '${script}']`;

describeWithEngine('a service that does not say when it is ready', () => {
  const test = new TestStack();
  const stackOf = (services: Record<string, string>, rest = '') =>
    test.parse(
      [
        `name: onex-${test.environment}`,
        'services:',
        ...Object.entries(services).map(([name, fields]) => `  ${name}: { ${fields} }`),
        rest,
      ].join('\n'),
    );
  let last: Stack | undefined;
  const up = (services: Record<string, string>, rest = '') => {
    last = stackOf(services, rest);
    return test.up(last);
  };
  const observed = async () =>
    (await observeStack(engine, last!, test)).map(({ name, state, would, detail }) => [
      name,
      state,
      would,
      detail,
    ]);
  beforeAll(() => test.prepare());
  afterEach(() => removeStack(engine, test.owner(last!), { volumes: true }));
  afterAll(() => test.remove(last!));

  it('is not up where it ended with an error, with a restart policy or without', async () => {
    await expect(up({ migrate: run('console.log("no table"); process.exit(4)') })).rejects.toMatchObject({
      type: 'Refused',
      message: 'migrate ended with code 4.',
    });
    expect(await observed()).toEqual([['migrate', 'stopped', 'start', 'ended with code 4']]);
    const loop = `${run('setTimeout(() => process.exit(5), 300)')}, restart: always`;
    await expect(up({ loop })).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/^loop ended with code 5 before it was ready\. It wrote nothing\./),
    });
    const once = `${run('process.exit(0)')}, restart: unless-stopped`;
    await expect(up({ once })).rejects.toThrow(
      /^once ended with code 0 before it was ready\. Its restart policy \(unless-stopped\) would start it for ever/,
    );
  });

  it('is run once for each change where others wait for its end', async () => {
    const services = (said: string) => ({
      migrate: `${run(`setTimeout(() => console.log("${said}"), 2500)`)}, container_name: ${test.environment}-once`,
      app: `${run(FOR_EVER)}, depends_on: { migrate: { condition: service_completed_successfully } }`,
    });
    const first = await up(services('one'));
    expect(first).toMatchObject({ migrate: { action: 'created' }, app: { action: 'created' } });
    expect(await observed()).toEqual([
      ['migrate', 'ready', 'keep', 'ended with code 0'],
      ['app', 'ready', 'keep', expect.stringMatching(/^Up /)],
    ]);
    expect(await up(services('one'))).toMatchObject({ migrate: { action: 'kept' }, app: { action: 'kept' } });
    expect(await up(services('two'))).toMatchObject({
      migrate: { action: 'recreated' },
      app: { action: 'kept' },
    });
    const failing = { ...services('two'), migrate: run('setTimeout(() => process.exit(3), 2500)') };
    await expect(up(failing)).rejects.toThrow(/^migrate ended with code 3\./);
  });

  it('may run once where nobody could use it while it runs; what serves is started again', async () => {
    const job = run('console.log(1)');
    const served = `${run(FOR_EVER)}, ports: ['127.0.0.1:${await freePort()}:80']`;
    await up({ job, served });
    await test.stop(last!);
    expect(await up({ job, served })).toMatchObject({
      job: { action: 'kept' },
      served: { action: 'started' },
    });
  });

  it('is ready when its health check passes, and refused when that fails', async () => {
    const checked = (check: string) =>
      `${run(FOR_EVER)}, healthcheck: { test: ${check}, interval: 300ms, timeout: 2s, retries: 2, start_period: 10s }`;
    const began = Date.now();
    await up({ good: checked('test $(($(date +%s%N) / 1000000 - ' + began + ')) -gt 2500') });
    expect(Date.now() - began).toBeGreaterThan(2500);
    await expect(up({ bad: checked('exit 1').replace('10s', '1s') })).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/^bad is not healthy: its health check failed \d+ times\./),
    });
    expect(await observed()).toEqual([['bad', 'not ready', 'keep', expect.stringContaining('(unhealthy)')]]);
  });

  it('joins networks of its own, under names of its own, and stays one container when it is called otherwise', async () => {
    const networks = 'networks: { front: { labels: { tier: one } }, back: { internal: true } }';
    const web = (fields: string) =>
      `${run(FOR_EVER)}, networks: { front: , back: { aliases: [gate] } }, ${fields}`;
    const before = await up(
      { web: web('hostname: web1, expose: ["80"], extra_hosts: ["peer:10.0.0.9"]') },
      networks,
    );
    const { Config, HostConfig, NetworkSettings } = await engine
      .getContainer(before['web']!.containerId)
      .inspect();
    expect(Object.keys(NetworkSettings.Networks).sort()).toEqual([
      `${last!.name}_back`,
      `${last!.name}_front`,
    ]);
    expect(NetworkSettings.Networks[`${last!.name}_back`]?.Aliases).toEqual(
      expect.arrayContaining(['web', 'gate']),
    );
    expect([Config.Hostname, Config.ExposedPorts, HostConfig.ExtraHosts]).toEqual([
      'web1',
      { '80/tcp': {} },
      ['peer:10.0.0.9'],
    ]);
    const name = `${test.environment}-web`;
    expect(await up({ web: web(`container_name: ${name}`) }, networks)).toMatchObject({
      web: { action: 'recreated' },
    });
    expect(await findContainer(engine, last!, 'web', test.environment)).toMatchObject({ state: 'running' });
    const { stdout } = await runCommand('docker', [
      'ps',
      '-a',
      '--format',
      '{{.Names}}',
      '--filter',
      `label=onex.project=${last!.name}`,
    ]);
    expect(stdout.trim()).toBe(name);
    await expect(findContainer(engine, last!, 'web', 'another')).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/belongs to the environment t[0-9a-f]+\. .*down -e t[0-9a-f]+$/),
    });
  });

  it('needs an external network to be there', async () => {
    const networks = `networks: { out: { external: true, name: ${test.environment}-absent } }`;
    await expect(up({ web: `${run(FOR_EVER)}, networks: [out]` }, networks)).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining(`docker network create ${test.environment}-absent`),
    });
  });

  it('is named where it cannot start', async () => {
    await expect(
      up({ web: `${run(FOR_EVER)}, ports: ['192.0.2.7:${await freePort()}:80']` }),
    ).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(/^web cannot start: this host has none of the addresses of its ports\./),
    });
    await expect(up({ web: `${run(FOR_EVER)}, user: nobody-here` })).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(
        /^web cannot start: its image does not know its user\. Correct its user, command or image in /,
      ),
    });
  });

  it('is taken down with all that its environment made, whatever its file says now', async () => {
    await up({ web: run(FOR_EVER), other: `${run(FOR_EVER)}, depends_on: [web]` });
    const owner = { environment: test.environment, tag: 'of another installation', project: undefined };
    expect(await removeStack(engine, owner, { volumes: true })).toEqual([]);
    const [container] = await engine.listContainers({ filters: { label: [`onex.project=${last!.name}`] } });
    const tag = container!.Labels['onex.installation']!;
    const removed = await removeStack(engine, { ...owner, tag }, { volumes: true });
    expect(removed.map(({ name }) => name)).toEqual(
      ['-other-1', '-web-1', '_default'].map((end) => `${last!.name}${end}`),
    );
  });
});
