import type { YAMLError } from 'yaml';

const BROKEN = 'no YAML from here on: a bracket, quote, colon or indentation here or before is wrong';

// The parser's own words quote the text, which may hold a secret.
const WORDS: Record<YAMLError['code'], string> = {
  ALIAS_PROPS: 'an alias (*name) has a tag or an anchor of its own: remove that',
  BAD_ALIAS: 'an alias (*name) whose anchor (&name) does not stand before it',
  BAD_COLLECTION_TYPE: 'a tag (!name) that does not fit what follows it',
  BAD_DIRECTIVE: 'a directive (%) that is not known',
  BAD_DQ_ESCAPE: 'a backslash in double quotes that begins nothing: write it twice, or use single quotes',
  BAD_INDENT: 'wrongly indented: items of one list or mapping begin in the same column',
  BAD_PROP_ORDER: 'an anchor (&name) or tag (!name) at the wrong place: write it before its value',
  BAD_SCALAR_START: 'a value that begins with a reserved character: write it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping or list begins in the middle of a line: write it on lines of its own',
  BLOCK_IN_FLOW: 'a value that begins with | or > within brackets: write it in quotes',
  DUPLICATE_KEY: 'a key that stands in this mapping already',
  IMPOSSIBLE: BROKEN,
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: 'a quote, comma, colon or blank is missing here or before',
  MULTILINE_IMPLICIT_KEY: 'a key that goes over several lines, perhaps since a colon or quote is missing',
  MULTIPLE_ANCHORS: 'a value with two anchors (&name)',
  MULTIPLE_DOCS: 'a second document begins here: write one document to a file',
  MULTIPLE_TAGS: 'a value with two tags (!name)',
  NON_STRING_KEY: 'a key that is no text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab as indentation: YAML takes spaces only',
  TAG_RESOLVE_FAILED: 'a tag (!name) that is not known',
  UNEXPECTED_TOKEN: BROKEN,
};

/** What is wrong with a YAML text, in our own words. */
export function yamlReason(error: unknown): string {
  const { code, message } = Object(error) as Partial<YAMLError>;
  if (code !== undefined && Object.hasOwn(WORDS, code)) return WORDS[code];
  if (/^Excessive alias count/.test(message ?? ''))
    return 'its aliases (*name) unfold to too much: write some out';
  if (/^Unresolved alias/.test(message ?? '')) return WORDS.BAD_ALIAS;
  return /^Maximum call stack/.test(message ?? '') ? WORDS.RESOURCE_EXHAUSTION : BROKEN;
}
