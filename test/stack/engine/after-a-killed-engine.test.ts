import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../../stack/engine/ensure-engine';
import { leftRunning } from '../../../stack/engine/left-running';
import { checkPorts, stuckPorts } from '../../../stack/engine/ports';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

const GREETER =
  'require("http").createServer((q, s) => s.end()).listen(80); process.on("SIGTERM", () => process.exit())';

describeWithEngine('what an engine leaves that was killed as it started a container', () => {
  const test = new TestStack();
  const text = () => `
name: onex-${test.environment}
services:
  app:
    image: node:20-alpine
    command: ${JSON.stringify(['node', '-e', GREETER])}
    ports: ['127.0.0.1:\${GREETER_PORT}:80']
    x-onex: { ready: { protocol: http, port: 80, timeout: 20s } }
`;
  const children: ChildProcess[] = [];
  beforeAll(() => test.prepare());
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await test.remove(test.parse(text()));
  });
  const containerId = () =>
    execFileSync('docker', ['ps', '-aq', '--no-trunc', '-f', `name=onex-${test.environment}-app`])
      .toString()
      .trim();

  it('is ended before the container is started again: a process of which the engine knows nothing', async () => {
    const stack = test.parse(text());
    expect(await test.up(stack)).toMatchObject({ app: { action: 'created' } });
    const id = containerId();
    execFileSync('docker', ['stop', '-t', '1', id]);
    expect(await leftRunning(id)).toEqual([]);
    // as it is after the kill: first in namespaces of its own, in a cgroup of the container's id
    const child = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sleep', '300'], { stdio: 'ignore' });
    children.push(child);
    const cgroup = cgroupOf(id);
    const pid = await firstOf(child.pid!);
    writeFileSync(join(cgroup, 'cgroup.procs'), String(pid));
    expect(await leftRunning(id)).toEqual([pid]);
    const changed = test.parse(text().replace('command:', 'working_dir: /tmp\n    command:'));
    expect(await test.up(changed)).toMatchObject({ app: { action: 'recreated' } });
    expect(await leftRunning(id)).toEqual([]);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    rmdirSync(cgroup);
    execFileSync('docker', ['rm', '-f', containerId()]);
  });

  it('is freed by a restart where that is ours to do: a port that the engine holds for no container', async () => {
    const stack = test.parse(text());
    const port = Number(test.variables['GREETER_PORT']);
    // a stand-in for the process that holds it: the engine of all tests is not killed
    const proxy = join(test.dir, 'docker-proxy');
    symlinkSync(process.execPath, proxy);
    const listen = `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('listens'))`;
    const child = spawn(proxy, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const held = `The Docker Engine holds port ${port}, which app needs, for a container that it was starting when it was killed. Only its restart frees the port, which is left to you because`;
    const named = { stateDir: join(test.dir, 'named'), engine: { host: 'unix:///var/run/docker.sock' } };
    const user = {
      stateDir: join(test.dir, 'user'),
      machine: { isRoot: false, isDebian: true, hasDockerd: true },
    };
    const refusal = async (options: typeof named | typeof user, reason: string) =>
      expect(freePorts(stack, () => true, options)).rejects.toMatchObject({
        type: 'Refused',
        message: expect.stringMatching(new RegExp(`^${held} ${reason}: (systemctl|kill) `)),
      });
    const [problems, stuck] = await Promise.all([
      checkPorts(engine, stack),
      stuckPorts(engine, stack),
      refusal(named, 'you named the engine'),
      refusal(user, 'it takes root'),
    ]);
    expect(problems).toEqual([]);
    expect(stuck.map((each) => each.port.host)).toEqual([port]);
    child.kill('SIGKILL');
    for (let tries = 0; (await stuckPorts(engine, stack)).length > 0 && tries < 20; tries++) await sleep(100);
    expect(await freePorts(stack, () => true, named)).toEqual([]);
  });
});

/** A cgroup that the id names, in whichever hierarchy this machine has. */
function cgroupOf(id: string): string {
  const root = existsSync('/sys/fs/cgroup/cgroup.procs') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';
  const path = join(root, `onex-test-${id}`);
  mkdirSync(path);
  return path;
}

/** The child of a process, once it has one. */
async function firstOf(parent: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await sleep(20);
  }
}
