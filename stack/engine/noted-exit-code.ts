import type Docker from 'dockerode';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const event = z.object({ Actor: z.object({ Attributes: z.object({ exitCode: z.coerce.number() }) }) });

/**
 * The code with which a container's process ended last, as the engine noted it. The container's own state says 0 as soon
 * as its next start has begun. Undefined where the engine remembers no end of it.
 */
export async function notedExitCode(engine: Docker, containerId: string): Promise<number | undefined> {
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  const events = await engine.getEvents({
    until: (Date.parse(SystemTime) + 1) / 1000, // the engine's clock in seconds: its answer ends there
    filters: { container: [containerId], event: ['die'] },
  });
  const latest = (await text(events)).trim().split('\n').at(-1);
  return latest ? event.parse(JSON.parse(latest)).Actor.Attributes.exitCode : undefined;
}
