import { runCommand } from '../../../stack/engine/run-command';
import { checkMajor } from '../../../stack/engine/postgres-major';
import { removeStack } from '../../../stack/engine/remove-stack';
import type { Stack } from '../../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(180_000);

describeWithEngine('a volume of Postgres', () => {
  const test = new TestStack();
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse();
    await test.up(stack, ['postgres']);
  });
  afterAll(() => test.remove(stack));

  const check = async (over: object = {}) => {
    const { environment, stateDir } = test;
    const { postgres: image } = await test.localImages(stack, ['postgres']);
    return checkMajor(engine, stack, stack.services['postgres']!, {
      environment,
      stateDir,
      image: image!,
      ...over,
    });
  };
  const inData = (script: string) =>
    runCommand('docker', [
      'exec',
      `${stack.name}-postgres-1`,
      'sh',
      '-c',
      `cd /var/lib/postgresql/data && ${script}`,
    ]);
  const containers = async () => {
    const { stdout } = await runCommand('docker', [
      'ps',
      '-aq',
      '--filter',
      `label=onex.environment=${test.environment}`,
    ]);
    return stdout.trim().split('\n').length;
  };

  it('of the same major is opened, whether its container runs, is stopped or gone', async () => {
    expect(await check()).toEqual([]);
    await test.stop(stack);
    expect(await check()).toEqual([]);
    expect(await containers()).toBe(1); // what it was looked at with is gone
    await removeStack(engine, test.owner(stack), { volumes: false });
    expect(await check()).toEqual([]);
  });

  it('of another major is refused by name, in every place where a cluster may be, before anything starts', async () => {
    const later = { image: { ref: '', id: 'another' } };
    await test.up(stack, ['postgres']);
    const { postgres } = await test.localImages(stack, ['postgres']);
    later.image.ref = postgres!.ref;
    await inData('cp PG_VERSION /tmp/kept; echo 16 > PG_VERSION');
    const [problem] = await check(later);
    expect(problem?.message).toMatch(
      /Volume \S+_postgres was made by Postgres 16, and postgres:16-alpine is Postgres 17, .* nothing was started/,
    );
    await inData('rm PG_VERSION; mkdir -p 18/docker; echo 18 > 18/docker/PG_VERSION');
    expect((await check(later))[0]?.message).toContain('was made by Postgres 18');
    await inData('rm -r 18; cp /tmp/kept PG_VERSION');
    expect(await check(later)).toEqual([]);
    expect(await containers()).toBe(1);
  });
});
