import { Context } from '@temporalio/activity';
import { badInput, refused } from '../contracts/core/failures';
import { TASK_QUEUE, bootstrapWorkflowId, installationIn } from '../contracts/core/names';
import { present } from '../contracts/core/record';
import { zodLines } from '../contracts/core/zod-problems';
import { APPROVE_WITHIN } from '../contracts/run/summaries';
import { overlapOf } from '../contracts/run/rotation';
import { choicesFor, choicesSchema, type Choices, type RunStart } from '../contracts/run/run-ref';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { readHosts } from '../environment/hosts/records';
import { belongsToAnother, ownerOf } from '../environment/namespace-owner';
import { installationOf } from '../environment/process-identity';
import { currentRun } from '../environment/progress';
import { refuseWhileUpgrading } from '../environment/upgrade/placement';

const ACTIVITIES = 2; // temporal.api.enums.v1.TaskQueueType

/** The first step of every run: which environment is meant, as it is declared on this host. */
export const startActivities = (host: Host, known: { runs: boolean; drift: boolean }, shared: boolean) => ({
  /** BadInput for an input that cannot be used, an environment that was never declared, or several of which none is named. */
  async startRun(input: unknown): Promise<RunStart> {
    const { workflowType = '' } = Context.current().info;
    const choices = parseChoices(input, workflowType);
    if (choices.environment === undefined) await refuseOtherHosts(await host.installation());
    const environment = await environmentOf(choices, host);
    const ref = await host.refOf(choices, environment);
    const { external, joined, stateDir } = await host.open(ref);
    // one that waits for its turn asks again then
    const isItsTurn = currentRun().workflowId === bootstrapWorkflowId(environment);
    if (isItsTurn && workflowType !== 'upgrade') await refuseWhileUpgrading(stateDir, environment);
    refuseElsewhere(workflowType, environment, joined);
    const own = await host.installation();
    const [startedBy] = await Promise.all([starter(), shared ? refuseOfOthers(environment, own) : undefined]);
    return {
      ref,
      queue: await host.queueOf(environment),
      allowPartial: choices.allowPartial ?? false,
      ...approvalOf(choices, workflowType),
      ...rotationOf(choices),
      ...present({ onDrift: choices.onDrift, accept: choices.accept, upgrade: choices.upgrade }),
      infrastructure: external === undefined ? 'stack' : 'external',
      ...(joined && { joined: { name: joined.name, hasServices: joined.file !== undefined } }),
      ...(await hostsOf(host.stateDirOf(environment), workflowType)),
      searchAttributes: known.runs,
      driftAttributes: known.drift,
      startedBy,
    };
  },
});

/** A host that joined does its share, and nothing else; its home does the rest. */
function refuseElsewhere(workflowType: string, environment: string, joined: Environment['joined']): void {
  if (joined === undefined && workflowType === 'serveHost')
    throw badInput(`${environment} has its home here: \`bootstrap\` serves this host.`);
  if (joined === undefined || workflowType === 'serveHost') return;
  throw refused(
    `${environment} has its home at ${joined.home}, and this host only joined it: run that there. To have this host served again: onex-bootstrap join -e ${environment}`,
  );
}

async function hostsOf(stateDir: string, workflowType: string): Promise<{ hosts?: true }> {
  if (!['bootstrap', 'rotate'].includes(workflowType)) return {};
  const accepted = (await readHosts(stateDir)).some(({ accepted }) => accepted !== undefined);
  return accepted ? { hosts: true } : {};
}

// what a prune deletes is always approved
function approvalOf({ approve, approveWithin, plan, dryRun = false }: Choices, workflowType: string) {
  const asks = approve === true || workflowType === 'prune';
  if (dryRun || !(asks || plan !== undefined)) return {};
  return {
    approval: { withinSeconds: approveWithin ?? APPROVE_WITHIN, ...(plan === undefined ? {} : { plan }) },
  };
}

function rotationOf({ rotate, overlap, value }: Choices) {
  if (rotate === undefined) return {};
  if (value !== undefined && rotate.length > 1)
    throw badInput('A value is of one key: rotate that one by itself.');
  const names = [...new Set(rotate)];
  return { rotation: { names, overlapSeconds: overlapOf(names, overlap), ...present({ value }) } };
}

/** What was asked of a workflow. A field that is unknown or of a wrong type is BadInput, with the valid ones. */
export function parseChoices(input: unknown, workflowType?: string): Choices {
  const schema = workflowType === undefined ? choicesSchema : choicesFor(workflowType);
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const fields = Object.keys(schema.shape).join(', ');
  const problems = zodLines(parsed.error, schema, 'input').map((line) => `  ${line}`);
  throw badInput(
    `The input of the run cannot be used:\n${problems.join('\n')}\nIts fields: ${fields}. Everything else about an environment is declared on its host: onex-bootstrap declare --help`,
  );
}

// A trial is named by its digest: what it is of may never have been declared in earnest.
const environmentOf = async ({ environment, declaration }: Choices, host: Host) =>
  environment !== undefined && declaration !== undefined ? environment : host.choose(environment);

// Which host's only environment is meant cannot be told where several hosts look for work here.
async function refuseOtherHosts(own: string): Promise<void> {
  const { client } = Context.current();
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType: ACTIVITIES,
  });
  const others = (pollers ?? []).flatMap(({ identity }) => installationOf(identity ?? '') ?? []);
  const foreign = [...new Set(others)].filter((installation) => installation !== own);
  if (foreign.length === 0) return;
  throw badInput(
    `Workers of several hosts serve the queue ${TASK_QUEUE} (${[own, ...foreign].sort().join(', ')}): name the environment, for example with the input {"environment":"dev"}.`,
  );
}

/** A run that was started by hand may be looked up by any host that has an environment of that name. */
async function refuseOfOthers(environment: string, own: string): Promise<void> {
  const { client, info } = Context.current();
  if (installationIn(info.taskQueue) === own) return; // sent to this one
  const { workflowId, runId } = currentRun();
  const owner = await ownerOf(
    client,
    environment,
    workflowId === bootstrapWorkflowId(environment) ? runId : undefined,
  );
  if (owner === undefined || owner === own) return;
  throw belongsToAnother(environment, { namespace: client.options.namespace, owner, own });
}

/** As the server noted it: `temporal-cli:anna@laptop`. */
async function starter(): Promise<string> {
  const { client } = Context.current();
  const { workflowId, runId } = currentRun();
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const [first] = history?.events ?? [];
  return first?.workflowExecutionStartedEventAttributes?.identity ?? 'unknown';
}

export type RunActivities = ReturnType<typeof startActivities>;
