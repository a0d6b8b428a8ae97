import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backups } from '../../../activities/checks/backups';
import { noteDrill } from '../../../environment/backup/drill';
import { ageLimit, declareBackup } from '../../../environment/backup/settings';
import { writeStateFile } from '../../../environment/files/state-file';
import { declaredIn } from '../../support/declared';

const DAY = 86_400;
const ago = (days: number) => new Date(Date.now() - days * DAY * 1000).toISOString();

/** Days since the last one, which may be missing, and since a limit was declared, in days. */
interface Case {
  backup?: number;
  drill?: number;
  every?: number;
  within?: number;
  declared?: number;
}

describe('the ages of backups and drills', () => {
  const roots: string[] = [];
  afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

  async function drifts({ backup, drill, every, within, declared = 0 }: Case) {
    const root = await mkdtemp(join(tmpdir(), 'onex-backups-'));
    roots.push(root);
    const { environment } = await declaredIn(root, { infisical: 'http://127.0.0.1:1', contracts: [] });
    const { stateDir } = environment;
    const said = ageLimit(within && within * DAY, every && every * DAY);
    const limit = said && { ...said, since: said.since - declared * DAY * 1000 };
    await declareBackup(stateDir, { to: root, recipients: ['age1x'], backupLimit: limit, drillLimit: limit });
    if (backup !== undefined) {
      await writeFile(join(root, 'one.age'), '');
      const last = { file: 'one.age', made: ago(backup), bytes: 0, tables: 0, rows: 0 };
      await writeStateFile(stateDir, 'last-backup.json', last);
    }
    if (drill !== undefined) await noteDrill(stateDir, { ok: true, at: ago(drill) });
    return (await backups(environment)).drifts.map(({ name, is }) => `${name}: ${is}`);
  }

  it.each<[string, Case, RegExp[]]>([
    ['there is no limit where none was said', { backup: 900, drill: 900 }, []],
    ['one may be missed', { backup: 1.9, drill: 1.9, every: 1 }, []],
    ['two may not', { backup: 2.1, drill: 1, every: 1 }, [/^last backup: of \S+, the next was due by \S+$/]],
    ['a drill counts as well', { backup: 1, drill: 2.1, every: 1 }, [/^last drill: of/]],
    ['what was said counts', { backup: 3, drill: 3, every: 1, within: 4 }, []],
    ['the first has its time', { backup: 0, every: 7 }, []],
    [
      'and is late after it',
      { backup: 0, every: 7, declared: 15 },
      [/^last drill: none yet, the next was due/],
    ],
    ['a first backup is wanted at once', { drill: 0, every: 7 }, [/^last backup: none was made yet$/]],
  ])('%s', async (_what, given, wanted) => {
    expect(await drifts(given)).toEqual(wanted.map((pattern): unknown => expect.stringMatching(pattern)));
  });
});
