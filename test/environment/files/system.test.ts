import { FailureType } from '../../../contracts/core/failures';
import { namingUnwritable } from '../../../environment/files/system';

const failing = (code: string, path?: string) => () =>
  Promise.reject(Object.assign(new Error('a word of the system'), { code, path }));

describe('a file that cannot be written', () => {
  it.each([
    ['/backups/a.age', 'EROFS', undefined, /^\/backups\/a\.age cannot be written: .*ReadWritePaths=/],
    [undefined, 'EROFS', '/nodes/x', /^\/nodes\/x cannot be written: .*read-only/],
    ['/backups/a.age', 'EACCES', undefined, /^\/backups\/a\.age cannot be written: .*no permission.*chown/],
    [undefined, 'ENOSPC', '/nodes/x', /^\/nodes\/x cannot be written: its disk is full/],
  ])('is named, with what to do: %s %s', async (path, code, said, message) => {
    const failed = await namingUnwritable(path, failing(code, said)).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      type: FailureType.missingPrerequisite,
      message: expect.stringMatching(message),
    });
    expect((failed as Error).message).not.toContain('a word of the system');
  });

  it('is not what a step was kept from reading', async () => {
    await expect(namingUnwritable(undefined, failing('EACCES', '/a'))).rejects.toMatchObject({
      code: 'EACCES',
    });
  });
});
