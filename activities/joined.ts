import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badInput } from '../contracts/core/failures';
import type { RunRef } from '../contracts/run/run-ref';
import type { Changed } from '../contracts/run/summaries';
import { writeDeclaration } from '../environment/declaration';
import type { Environment } from '../environment/environment';
import { updateEnvFile } from '../environment/files/env-file';
import type { Host } from '../environment/host';
import { openOrder } from '../environment/hosts/orders';
import { removeNodesDir } from '../environment/node-files';
import { currentProgress } from '../environment/progress';
import { heldCredential, takeCredential } from '../infisical/access/hosts';
import { attempt } from '../infisical/problem';

/** What a host that leaves holds of the environment, and its key: an order to leave is nobody's once it joins anew. */
const FORGOTTEN = ['identity.json', 'server.json', 'host-key.json'];

const NOBODY = { INFISICAL_CLIENT_ID: '', INFISICAL_CLIENT_SECRET: '', INFISICAL_PROJECT_ID: '' };

/** What a host does that joined an environment of another one. */
export const joinedActivities = (host: Host) => ({
  /** That it is there, and which client secret it holds. */
  async presence(environment: string): Promise<{ holds?: string }> {
    const { stateDir } = await host.newest(environment);
    const holds = await heldCredential(stateDir);
    return holds === undefined ? {} : { holds };
  },

  /** Does what the home has ordered: holds a credential, or forgets the environment. */
  async takeOrder(run: RunRef, order: unknown): Promise<Changed & { hasLeft: boolean }> {
    if (run.dryRun) throw badInput('An order of the home has no dry run.');
    const environment = await host.open(run);
    const opened = await openOrder(environment, order);
    if (opened.kind === 'leave') return { changes: await leave(environment, host), hasLeft: true };
    const address = await environment.infisicalAddress();
    const { credential } = opened;
    const { changes } = await attempt('the credential of the home', () =>
      takeCredential(environment, address, credential, currentProgress()),
    );
    return { changes, hasLeft: false };
  },
});

/**
 * Where its home is stays known, and what it ran, so that its worker serves its queue still: a step that was killed anywhere
 * is done again there, and a home that has not heard of the end asks once more.
 */
async function leave(environment: Environment, host: Host): Promise<string[]> {
  const { stateDir, nodesDir, runtimeEnvFile, declaration } = environment;
  await removeNodesDir(nodesDir, await host.installation());
  if (dirname(runtimeEnvFile) === stateDir) await rm(runtimeEnvFile, { force: true });
  else if (existsSync(runtimeEnvFile)) await updateEnvFile(runtimeEnvFile, NOBODY); // its other lines are somebody's
  for (const name of FORGOTTEN) await rm(join(stateDir, name), { recursive: true, force: true });
  await writeDeclaration(stateDir, { ...declaration, variables: {} }, new Map());
  return ['removed the configuration of every node, and the identity'];
}
