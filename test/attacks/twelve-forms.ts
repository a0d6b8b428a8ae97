const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A value in each form in which somebody who repeats it may do so. */
export const twelveForms = (value: string): Record<string, string> => ({
  plain: value,
  upper: value.toUpperCase(),
  hex: Buffer.from(value).toString('hex'),
  hexWithColons: Buffer.from(value)
    .toString('hex')
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:'),
  spaced: [...value].join(' '),
  dashed: [...value].join('-'),
  base64: base64(value),
  base64url: Buffer.from(value).toString('base64url'),
  base64OneLater: base64(`:${value} and more`),
  base64TwoLater: base64(`::${value} and more`),
  url: encodeURIComponent(value),
  json: JSON.stringify(JSON.stringify(value)).slice(1, -1),
  reversed: [...value].reverse().join(''),
});

const squeezed = (written: string) => written.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
let latest = { text: '', squeezed: '' };

/** Which forms of a value stand in a text; broken lines and letter case hide none. */
export function formsIn(text: string, value: string): string[] {
  if (latest.text !== text) latest = { text, squeezed: squeezed(text) };
  const all = latest.squeezed;
  const clean = (written: string) => squeezed(written.replace(/^:*/, ''));
  return Object.entries(twelveForms(value)).flatMap(([name, written]) => {
    // of an embedding only the middle is the value's alone
    const sought = name.endsWith('Later') ? clean(written).slice(4, 4 + value.length) : clean(written);
    return all.includes(sought) ? [name] : [];
  });
}
