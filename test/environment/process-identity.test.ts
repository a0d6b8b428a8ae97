import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  hasEnded,
  installationOf,
  isAtWork,
  placeIn,
  placeOf,
  processIdentity,
} from '../../environment/process-identity';

const own = processIdentity('host-0a1b2c', '1.2.3', '/tmp');
/** Our identity with the number of another process, and its start where that is known. */
const identityOf = (pid: number, start = '1') =>
  own.replace(/^\d+/, `${pid}`).replace(/\d+ 1\.2\.3 of/, `${start} 1.2.3 of`);
const startOf = (pid: number) => {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

describe('the identity of a worker', () => {
  it('says which installation it is of', () => {
    expect(installationOf(own)).toBe('host-0a1b2c');
    expect(installationOf('999@elsewhere')).toBeUndefined();
  });

  it('says where its state directory is, which a copy of it is not', () => {
    expect(placeIn(own)).toBe(placeOf('/tmp'));
    expect(placeOf('/tmp')).toMatch(/^[0-9a-f]{12}$/);
    expect(placeOf('/')).not.toBe(placeOf('/tmp'));
    expect(placeOf('/nowhere')).toBeUndefined();
    expect(placeIn(own.replace(/ \S+/, ''))).toBeUndefined(); // of an earlier build
  });

  it('names process and host first, as the SDK does', () => {
    expect(own.startsWith(`${process.pid}@${hostname()}`)).toBe(true);
  });

  it('proves the end of a process, and only after it', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = identityOf(child.pid ?? 0, startOf(child.pid ?? 0));
    expect(hasEnded(identity)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(identity)).toBe(true);
  });

  it('proves it also where the number was given to another process', () => {
    expect(hasEnded(own)).toBe(false);
    expect(hasEnded(identityOf(process.pid))).toBe(true);
  });

  it('proves it of a zombie, which nobody has waited for yet', async () => {
    // it ends once its parent is `sleep`, which waits for no child
    const script = '(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60';
    const parent = spawn('sh', ['-c', script]);
    const pid = Number(String(await once(parent.stdout, 'data')));
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise(setImmediate);
    expect(hasEnded(identityOf(pid, startOf(pid)))).toBe(true);
    parent.kill('SIGKILL');
  });

  it('tells that a process runs that code here', async () => {
    expect(isAtWork(own, '1.2.3')).toBe(true);
    expect(isAtWork(own, '1.2.4')).toBe(false);
    expect(isAtWork(own.replace(' 1.2.3', ''), '1.2.3')).toBe(false);
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = identityOf(child.pid ?? 0, startOf(child.pid ?? 0));
    expect(isAtWork(identity, '1.2.3')).toBe(true);
    child.kill('SIGSTOP');
    while (isAtWork(identity, '1.2.3')) await new Promise(setImmediate);
    child.kill('SIGKILL');
    expect(isAtWork(own.replace(/ [0-9a-f]{12}\./, ' 000000000000.'), '1.2.3')).toBe(false);
  });

  it.each([
    ['another machine, boot or container', own.replace(/ [0-9a-f]{12}\./, ' 000000000000.')],
    ['an SDK’s default identity', '999999999@elsewhere'],
    ['no identity', ''],
  ])('proves nothing about %s', (_what, identity) => {
    expect(hasEnded(identity.replace(/^\d+/, '999999999'))).toBe(false);
  });
});
