import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { Secret } from '../contracts/core/secret';
import { addressProblem } from '../contracts/core/server-address';
import { zodLines } from '../contracts/core/zod-problems';
import { RuntimeHostError } from '../contracts/reads/read-error';
import { readConfigurationOf, readVariables } from '../contracts/reads/read-configuration';
import { HandlerInfisical, type HandlerDependencies } from './handler-infisical';
import { createReadAudit } from './read-audit';
import { readSettings } from './read-place';

const STDERR = 2;
const needed = z.string('is missing');
const schema = z.object({
  INFISICAL_ADDR: z.string(),
  INFISICAL_CLIENT_ID: needed,
  INFISICAL_CLIENT_SECRET: needed,
  INFISICAL_PROJECT_ID: needed,
  INFISICAL_ENVIRONMENT: z.string().default('prod'),
  ...readVariables,
});
const checked = schema.superRefine(({ INFISICAL_ADDR, INFISICAL_INSECURE_HTTP: insecureHttp }, context) => {
  const problem = addressProblem(INFISICAL_ADDR, { insecureHttp, insist: 'INFISICAL_INSECURE_HTTP=true' });
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['INFISICAL_ADDR'], message: problem });
});

/**
 * A service's handler from its environment, as the runtime's env file gives it. Opt-in: without INFISICAL_ADDR the
 * variables themselves are read. Audit goes to ONEX_AUDIT_FILE, else to stderr. All problems come in one RuntimeHostError.
 */
export function handlerFromEnvironment(
  environment: Record<string, string | undefined>,
  { onProblem, ...given }: HandlerDependencies = {},
): HandlerInfisical {
  const present = Object.entries(environment).filter(
    (entry): entry is [string, string] => (entry[1] ?? '').trim() !== '',
  );
  const variables = new Map(present.map(([key, value]) => [key, new Secret(value)]));
  const tell = onProblem ?? ((message: string) => void process.stderr.write(`${message}\n`));
  const audit = given.audit ?? createReadAudit(auditDestination(variables), tell);
  const dependencies = { ...given, audit, onProblem: tell };
  if (!variables.has('INFISICAL_ADDR')) return HandlerInfisical.ofEnvironment(variables, dependencies);
  const parsed = checked.safeParse(Object.fromEntries(present));
  if (!parsed.success) {
    const problems = zodLines(parsed.error, schema).join('\n  ');
    const text = `The environment cannot be used to read secrets:\n  ${problems}`;
    throw new RuntimeHostError(text, { correlationId: 'settings' });
  }
  const { data } = parsed;
  const access = {
    address: data.INFISICAL_ADDR,
    clientId: data.INFISICAL_CLIENT_ID,
    clientSecret: new Secret(data.INFISICAL_CLIENT_SECRET),
    projectId: data.INFISICAL_PROJECT_ID,
    trust: { caFile: data.INFISICAL_CA_FILE, insecureHttp: data.INFISICAL_INSECURE_HTTP },
  };
  const slug = data.INFISICAL_ENVIRONMENT;
  const reads = readConfigurationOf(data, (path) => (path === undefined ? undefined : resolve(path)));
  const stateDir = join(homedir(), '.onex-bootstrap', slug);
  const expand = data.ONEX_EXPAND ?? false;
  const settings = readSettings(access, { environment: slug, stateDir, reads, variables, expand });
  return HandlerInfisical.create(settings, dependencies);
}

function auditDestination(variables: ReadonlyMap<string, Secret>) {
  return variables.get('ONEX_AUDIT_FILE')?.reveal() ?? pino.destination(STDERR);
}
