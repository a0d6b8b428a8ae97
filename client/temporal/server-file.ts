import { join } from 'node:path';
import { z } from 'zod';
import { readSecretFile, assertKnownVersion, STATE_VERSION } from '../../environment/files/state-file';
import { writeFileAtomic } from '../../environment/files/atomic';

const schema = z.object({ pid: z.number().optional(), port: z.number(), uiPort: z.number() });

/** Where the embedded server listens, and its process; no process yet where its start is under way. */
export type ServerFile = z.infer<typeof schema>;

/** What is noted in `dir`. Undefined where nothing is, or it is damaged: it is a preference. Refused where a newer release wrote it. */
export async function readServerFile(dir: string): Promise<ServerFile | undefined> {
  const path = fileIn(dir);
  const text = await readSecretFile(path);
  if (text === undefined) return undefined;
  const json = parse(text.reveal());
  // a second server on its database would damage it
  assertKnownVersion(path, json);
  return schema.safeParse(json).data;
}

export const writeServerFile = (dir: string, known: ServerFile) =>
  writeFileAtomic(fileIn(dir), JSON.stringify({ version: STATE_VERSION, ...known }));

const fileIn = (dir: string) => join(dir, 'server.json');

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
