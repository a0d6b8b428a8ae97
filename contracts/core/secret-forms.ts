const SHOWN = '[secret]';
/** Shorter ones are in every text. */
const SHORTEST = 4;
/** Shorter ones are hidden only where they stand by themselves, and in no other spelling. */
const LONG = 8;
/** What might well be words of a message: hidden as it is, and encoded. */
const WORDS = /^[a-z]{1,16}$/;
/** A line of a key or a token, and not of a file with a syntax. */
const TOKEN = /^[\w+/=.~-]{16,}$/;

/** Passwords of many examples: as words of our messages they tell nothing, and without them messages do not either. */
const EVERYWHERE = new Set([
  ...['admin', 'docker', 'infisical', 'localhost', 'onex', 'password', 'postgres', 'postgresql'],
  ...['redis', 'root', 'secret', 'temporal', 'valkey'],
]);

type Range = [start: number, end: number];

/**
 * Finds values in a text: as they are, in any case, with spaces, dashes or line breaks between, backwards, as hex, as URLs
 * and JSON write them, and in base64 wherever it begins. Letters and digits decide, so one look finds most of these.
 */
export class SecretForms {
  readonly #exact: Matcher;
  readonly #loose: Matcher;

  constructor(values: Iterable<string>) {
    const [exact, loose] = [new Set<string>(), new Set<string>()];
    for (const value of [...values].flatMap(partsOf)) {
      if (value.length < SHORTEST || EVERYWHERE.has(value.toLowerCase())) continue;
      const written = writtenAs(value);
      for (const form of written) exact.add(form);
      const spellings = value.length < LONG ? [] : [...written, [...value].reverse().join('')];
      const spelled = spellings.map((form) => squeeze(form).text);
      const encoded = encodingsOf(value).map((form) => squeeze(form).text);
      for (const form of [...spelled.filter((text) => !WORDS.test(text)), ...encoded])
        if (form.length >= LONG) loose.add(form);
    }
    this.#exact = new Matcher(exact);
    this.#loose = new Matcher(loose);
  }

  /** The text without them; takes time by its length, and hardly more for more values. */
  hiddenIn(text: string): string {
    const exact = this.#exact.find(text).filter(([start, end]) => isApart(text, start, end));
    const squeezed = squeeze(text);
    const loose = this.#loose
      .find(squeezed.text)
      .map(([start, end]): Range => [squeezed.at[start]!, squeezed.at[end - 1]! + 1]);
    const ranges = [...exact, ...loose].sort(([a], [b]) => a - b);
    let [result, done] = ['', 0];
    for (const [start, end] of ranges) {
      if (start >= done) result += text.slice(done, start) + SHOWN;
      done = Math.max(done, end);
    }
    return result + text.slice(done);
  }
}

const isPart = (char: string | undefined) => char !== undefined && /[A-Za-z0-9]/.test(char);

/** A short value inside of a longer word is a coincidence. */
const isApart = (text: string, start: number, end: number) =>
  end - start >= LONG || !(isPart(text[start - 1]) || isPart(text[end]));

/** A value, its lines, and the password of an address: each may be repeated alone. */
function partsOf(value: string): string[] {
  const lines = value.includes('\n') ? value.split(/\r?\n/).filter((line) => TOKEN.test(line)) : [];
  const password = value.includes('://') ? URL.parse(value)?.password : undefined;
  return [value, ...lines, ...(password ? [decoded(password)] : [])];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** As it is, and as URLs and JSON write it. */
function writtenAs(value: string): string[] {
  const whole = Buffer.from(value).toString(); // without lone surrogates, which no URL can hold
  return [value, encodeURIComponent(whole), JSON.stringify(value).slice(1, -1)];
}

function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // whatever stands before and after it: those characters of base64 that it makes alone
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [bytes.toString('hex'), ...base64];
}

/** The letters and digits of a text in lower case, and where each of them stood. */
function squeeze(text: string): { text: string; at: Uint32Array } {
  const at = new Uint32Array(text.length);
  const codes = new Uint16Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isUpper = code >= 65 && code <= 90;
    if (!isUpper && !(code >= 97 && code <= 122) && !(code >= 48 && code <= 57) && code < 128) continue;
    codes[length] = isUpper ? code + 32 : code;
    at[length++] = index;
  }
  return { text: Buffer.from(codes.buffer, 0, length * 2).toString('utf16le'), at };
}

/** Many texts to be found at once: sorted, so that the longest one that begins at a place is found by halving. */
class Matcher {
  readonly #texts: string[];
  /** For each text the longest other one that it begins with; -1 for none. */
  readonly #shorter: Int32Array;
  readonly #beginnings: Set<string>;

  constructor(texts: ReadonlySet<string>) {
    this.#texts = [...texts].sort();
    this.#beginnings = new Set(this.#texts.map((text) => text.slice(0, SHORTEST)));
    this.#shorter = new Int32Array(this.#texts.length);
    const open: number[] = [];
    this.#texts.forEach((text, index) => {
      while (open.length > 0 && !text.startsWith(this.#texts[open.at(-1)!]!)) open.pop();
      this.#shorter[index] = open.at(-1) ?? -1;
      open.push(index);
    });
  }

  find(text: string): Range[] {
    const found: Range[] = [];
    for (let at = 0; at + SHORTEST <= text.length; at++) {
      if (!this.#beginnings.has(text.slice(at, at + SHORTEST))) continue;
      const length = this.#longestAt(text, at);
      if (length > 0) found.push([at, at + length]);
    }
    return found;
  }

  #longestAt(text: string, at: number): number {
    const rest = text.slice(at);
    let [low, high] = [0, this.#texts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#texts[middle]! <= rest) low = middle + 1;
      else high = middle;
    }
    // what is no beginning of the text at this place may begin with one that is
    for (let index = low - 1; index >= 0; index = this.#shorter[index]!)
      if (rest.startsWith(this.#texts[index]!)) return this.#texts[index]!.length;
    return 0;
  }
}
