import type { IncomingMessage } from 'node:http';

/** What a request asks for, and the token it brings. */
export interface Target {
  route: string;
  token: string | undefined;
}

const BEARER = /^Bearer +(\S+) *$/i;

/** The route, and the token from the header; or from the path, since a UI without login can send no header. */
export function targetOf({ url = '/', headers }: IncomingMessage): Target {
  const parts = (url.split('?')[0] ?? '').split('/').filter((part) => part !== '');
  const [, bearer] = BEARER.exec(headers.authorization ?? '') ?? [];
  const [first, second, ...rest] = parts;
  if (second === undefined) return { route: first ?? '', token: bearer };
  return { route: rest.length === 0 ? second : '', token: bearer ?? first };
}
