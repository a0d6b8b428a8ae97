import type Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockReading } from '../../activities/preflight/check-clock';

/** What an engine tells of its machine. */
export interface EngineFacts {
  clock: ClockReading;
  /** Where its data is, on its own machine. */
  dataRoot: string;
}

interface EngineInfo {
  SystemTime: string;
  DockerRootDir: string;
}

const PATIENCE_MS = 5_000;

/** Asks the engine; undefined where none answers. */
export async function readEngineFacts(engine: Docker): Promise<EngineFacts | undefined> {
  const asked = Date.now();
  const late = sleep(PATIENCE_MS, undefined, { ref: false });
  const info = await Promise.race([engine.info() as Promise<EngineInfo>, late]).catch(() => undefined);
  if (info === undefined) return undefined;
  const ours = (asked + Date.now()) / 2;
  const clock = { of: 'the Docker Engine', theirs: Date.parse(info.SystemTime), ours };
  return { clock, dataRoot: info.DockerRootDir };
}
