import { resolve } from 'node:path';
import { present } from '../../contracts/core/record';
import { keepWords } from '../../environment/kept-words';
import { CurrentHandler } from '../../reads/read-place';
import { RuntimeHostError } from '../../contracts/reads/read-error';
import { auditOf } from '../audit-of';
import type { CommandContext } from '../command-context';
import { environmentForReading } from '../environment-for-reading';
import { ExitCode } from '../exit-code';

export interface SecretsOptions {
  environment?: string;
  /** An Infisical that something else runs. */
  infisical?: string;
  infisicalCa?: string;
  insecureHttp?: boolean;
  path?: string;
  project?: string;
  /** Print the value. */
  reveal?: boolean;
  /** Expand references and include imports. */
  expand?: boolean;
}

/** Of keys whose value holds a reference: what was done about it, and what can be. */
export const notExpanded = (keys: string, expand: boolean): string =>
  expand
    ? `${keys}: this server leaves a reference (\${…}) as written`
    : `${keys}: a reference (\${…}) is given as written; --expand has Infisical put in what it names`;

/** Prints a secret: that it is there and where it comes from; the bare value only where it was asked for. */
export async function getSecret(
  name: string,
  { reveal = false, ...place }: SecretsOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, json } = context;
  return reading(context, place, async (handler, expand) => {
    const result = await handler.getSecret({ secret_name: name, ...request(place) });
    const value = reveal ? result.value.reveal() : String(result.value);
    const { source, version, stale, age_seconds: age, unexpanded } = result;
    if (json) terminal.line(JSON.stringify({ ...result, value }, null, 2));
    else if (reveal) terminal.line(value);
    else terminal.line(`  ${name}  ${value}  ${source}${version === undefined ? '' : ` version ${version}`}`);
    if (unexpanded) terminal.progress(notExpanded(name, place.expand ?? expand));
    if (stale)
      terminal.progress(`Infisical cannot be reached: a last known good copy, ${Math.round(age ?? 0)} s old`);
  });
}

/** Prints the names of the folders and secrets in a folder. */
export async function listSecrets(place: SecretsOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, json } = context;
  return reading(context, place, async (handler) => {
    const result = await handler.listSecrets(request(place));
    const folders = await handler.listFolders(request(place));
    if (json) return terminal.line(JSON.stringify({ ...result, folders }, null, 2));
    for (const folder of folders) terminal.line(`${folder}/`);
    for (const key of result.secret_keys) terminal.line(key);
    if (result.not_imported)
      terminal.progress(`${result.not_imported} names of imported folders are left out: --expand`);
  });
}

async function reading(
  { config, host, terminal, json }: CommandContext,
  { environment: named, infisical, infisicalCa, insecureHttp }: SecretsOptions,
  /** `expand` is what the environment declares. */
  work: (handler: Awaited<ReturnType<CurrentHandler['get']>>, expand: boolean) => Promise<void>,
): Promise<ExitCode> {
  const onProblem = (message: string) => terminal.progress(message);
  const ca = infisicalCa === undefined ? undefined : resolve(config.workingDir, infisicalCa);
  const flags = present({ infisical, infisicalCa: ca, insecureHttp });
  const environment = await environmentForReading(host, named, flags);
  const handlers = new CurrentHandler(environment, { audit: auditOf(config, onProblem), onProblem });
  try {
    await work(await handlers.get(), environment.expand);
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof RuntimeHostError)) throw error;
    const { name, code, message, correlationId } = await keepWords(environment.stateDir, error);
    if (json)
      terminal.line(
        JSON.stringify({ outcome: 'failed', error: name, code, message, correlationId }, null, 2),
      );
    terminal.progress(`✘ ${message}`);
    return exitCode(error);
  }
}

function exitCode({ name, retry }: RuntimeHostError): ExitCode {
  if (retry === 'later') return ExitCode.missingPrerequisite;
  return name === RuntimeHostError.name ? ExitCode.badInput : ExitCode.stepFailed;
}

function request({ path, project, expand }: SecretsOptions) {
  return {
    ...(expand === undefined ? {} : { expand }),
    ...(path === undefined ? {} : { secret_path: path }),
    ...(project === undefined ? {} : { project_id: project }),
  };
}
