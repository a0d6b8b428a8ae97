import { parseDuration } from '../../../stack/compose/parse-duration';

describe('parseDuration', () => {
  it.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['', undefined],
    ['10', undefined],
    ['1 s', undefined],
  ])('%j: %s', (text, expected) => expect(parseDuration(text)).toBe(expected));
});
