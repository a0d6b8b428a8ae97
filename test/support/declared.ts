import { join } from 'node:path';
import { readConfiguration } from '../../environment/configuration';
import type { DeclaredOptions } from '../../environment/declaration';
import type { Environment } from '../../environment/environment';
import { Host } from '../../environment/host';

/** A host whose state directory is `root`, as a command that was started in it with these variables knows it. */
export const hostIn = (root: string, variables: Record<string, string> = {}): Host =>
  new Host(
    readConfiguration(
      { HOME: root, ONEX_STATE_DIR: root, ONEX_HOST: 'test-host', ...variables },
      { workingDir: root, packageDir: join(__dirname, '..', '..') },
    ),
  );

/** An environment that is declared in `root`. */
export async function declaredIn(
  root: string,
  options: DeclaredOptions,
  { name = 'dev', variables = {} }: { name?: string; variables?: Record<string, string> } = {},
): Promise<{ host: Host; environment: Environment }> {
  const host = hostIn(root, variables);
  await host.declare({ environment: name, flags: { nodesDir: join(root, 'nodes'), ...options } });
  return { host, environment: await host.newest(name) };
}
