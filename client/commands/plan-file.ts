import { resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import type { PendingPlan } from '../../contracts/run/summaries';
import { writeFileAtomic } from '../../environment/files/atomic';
import { readInputFile } from '../../environment/files/input-file';
import type { CommandContext } from '../command-context';

const planFileSchema = z.object({ version: z.literal(1), environment: z.string(), plan: z.string() });

/** Writes down which plan was seen: names and a digest, no values. */
export async function writePlanFile(
  file: string,
  environment: string,
  { digest, changes }: PendingPlan,
  { config, terminal }: CommandContext,
): Promise<void> {
  const content = { version: 1, environment, plan: digest, changes };
  await writeFileAtomic(resolve(config.workingDir, file), `${JSON.stringify(content, null, 2)}\n`);
  terminal.progress(
    `plan ${digest}: to make exactly these changes, onex-bootstrap up -e ${environment} --plan ${file}`,
  );
}

/** The digest of the plan in a file of `plan --out`; BadInput for another file, or a plan of another environment. */
export async function readPlanFile(
  file: string,
  environment: string,
  { config }: CommandContext,
): Promise<string> {
  const path = resolve(config.workingDir, file);
  const text = (await readInputFile(path, 'plan file')).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = planFileSchema.safeParse(json);
  if (!parsed.success) throw badInput(`${path} is no file of onex-bootstrap plan --out.`);
  if (parsed.data.environment === environment) return parsed.data.plan;
  throw badInput(`${path} is a plan of ${parsed.data.environment}, not of ${environment}.`);
}
