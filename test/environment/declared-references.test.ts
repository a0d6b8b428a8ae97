import { declaredIn } from '../support/declared';
import { temporaryFolder } from './files/temporary-folder';

test('a declaration refuses references, and expands them, until it is told otherwise', async () => {
  await using folder = await temporaryFolder();
  const { host } = await declaredIn(folder.path, { refuseReferences: true, expand: true });
  const again = await host.declare({ environment: 'dev', flags: {} });
  expect(again).toMatchObject({ changes: [], declaration: { refuseReferences: true, expand: true } });
  const flags = { refuseReferences: false, expand: false };
  const { changes } = await host.declare({ environment: 'dev', flags });
  expect(changes.sort()).toEqual(['expand: yes → no', 'refuse references: yes → no']);
});
