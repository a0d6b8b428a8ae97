import { Secret } from '../../../contracts/core/secret';
import { DumpRows } from '../../../environment/backup/row-digests';

const key = new Secret('k'.repeat(64));
const DUMP = `--
SET client_encoding = 'UTF8';
CREATE TABLE public.users (id integer, name text);
COPY public.users (id, name) FROM stdin;
1	anna
2	COPY public.no (id) FROM stdin;
\\.

COPY public."Odd name" (id) FROM stdin;
\\.
ALTER TABLE x;
`;

const read = (text: string, size = text.length) => {
  const rows = new DumpRows(key);
  for (let at = 0; at < text.length; at += size) rows.write(Buffer.from(text.slice(at, at + size)));
  return rows.tables();
};

test('rows are counted by table, however the dump comes in pieces', () => {
  const whole = read(DUMP);
  expect(whole).toMatchObject({ 'public.users': { count: 2 }, 'public."Odd name"': { count: 0 } });
  for (const size of [1, 7, 64]) expect(read(DUMP, size)).toEqual(whole);
});

test('the digest is of all rows in any order, and of nothing else', () => {
  const { 'public.users': before } = read(DUMP);
  expect(read(DUMP.replace('1\tanna\n', '').replace('\\.\n', '1\tanna\n\\.\n'))['public.users']).toEqual(
    before,
  );
  expect(read(DUMP.replace('anna', 'Anna'))['public.users']).not.toEqual(before);
  expect(read(DUMP.replace('1\tanna', '2\tanna'))['public.users']).not.toEqual(before);
  // twice the same row does not cancel out
  expect(read(DUMP.replace('1\tanna\n', '1\tanna\n1\tanna\n'))['public.users']).not.toEqual(before);
});
