import { decodeUtf8 } from '../../../contracts/core/text-file';

describe('decodeUtf8', () => {
  it('drops a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffä\n'))).toEqual({ text: 'ä\n', badLines: [] });
  });

  it('names the lines that are not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('ok\n'),
      Buffer.from([0xc3]),
      Buffer.from('\nok\n'),
      Buffer.from([0x80]),
    ]);
    expect(decodeUtf8(bytes).badLines).toEqual([2, 4]);
  });
});
