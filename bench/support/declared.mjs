// An environment of a host of the bench's own, and its activities as a run would call them.
import { asyncLocalStorage } from '@temporalio/activity';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfiguration } from '../../dist/environment/configuration.js';
import { Host } from '../../dist/environment/host.js';

const packageDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Declares `name` in the state directory that the variables name. */
export async function declared(name, options, variables, workingDir) {
  const host = new Host(readConfiguration(variables, { workingDir, packageDir }));
  const { digest } = await host.declare({ environment: name, flags: options });
  const run = { environment: name, declaration: digest, dryRun: false, overwrite: false };
  return { host, run, environment: await host.newest(name) };
}

/** Runs `work` as an activity does, without a server. */
export function inActivity(work) {
  const info = {
    activityId: '1',
    attempt: 1,
    workflowExecution: { workflowId: 'bench', runId: randomUUID() },
  };
  const { signal: cancellationSignal } = new AbortController();
  return asyncLocalStorage.run({ info, cancellationSignal, heartbeat: () => {} }, work);
}
