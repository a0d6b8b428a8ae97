import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { refused, unavailable } from '../../contracts/core/failures';
import { nodeFiles } from '../prefetch/node-files';

const PROOF_TIMEOUT_MS = 5_000; // a local answer over a few dozen digests
const proofSchema = z.record(z.string(), z.record(z.string(), z.string()));
const fileSchema = z.object({ values: z.record(z.string(), z.string()) });

/**
 * Asks a runtime service for the digests of its keys under a fresh nonce and compares them with what it was given.
 * A service without the route is not asked again: the protocol is an offer, not a duty.
 */
export async function proveRuntime(
  address: string,
  nodesDir: string,
  service: string,
  nodes: readonly string[],
): Promise<'proven' | 'not asked'> {
  const nonce = randomBytes(16).toString('hex');
  const answer = await ask(`${address}/proof?nonce=${nonce}`);
  if (answer === undefined) return 'not asked';
  const wrong: string[] = [];
  for (const node of nodes) {
    const text = await readFile(join(nodeFiles.ofService(nodesDir, service), nodeFiles.name(node)), 'utf8');
    const { values } = fileSchema.parse(JSON.parse(text));
    for (const [key, value] of Object.entries(values)) {
      const expected = createHmac('sha256', nonce).update(value).digest('hex');
      if (answer[node]?.[key] !== expected) wrong.push(`${node}/${key}`);
    }
  }
  if (wrong.length > 0) {
    throw refused(
      `${service} holds other keys than it was given: ${wrong.slice(0, 5).join(', ')}. Restart it, or look at its log.`,
    );
  }
  return 'proven';
}

async function ask(url: string) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROOF_TIMEOUT_MS) });
    if (response.status === 404) return undefined;
    return proofSchema.parse(await response.json());
  } catch (cause) {
    throw unavailable('the runtime service does not answer for its keys', { cause });
  }
}
