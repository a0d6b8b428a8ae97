import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';

const root = join(__dirname, '..', '..');

/** What another version of the package says in place of a source of today's; `file` is below workflows/. */
export type Edit = (source: string, file: string) => string;

/** The workflows as a worker of today runs them. */
export const today: Edit = (source) => source;

/** What the workflows are made of. */
const SOURCES = [
  'workflows',
  'contracts',
  'stack',
  'activities',
  'environment',
  'infisical',
  'reads',
  'worker',
];

/** The bundle that a worker of another version runs. An edit that changes nothing is no other version. */
export async function bundleVersion(edit: Edit): Promise<WorkflowBundleWithSourceMap> {
  if (edit === today) return bundle(root);
  const dir = await mkdtemp(join(tmpdir(), 'onex-version-'));
  try {
    for (const folder of SOURCES) await cp(join(root, folder), join(dir, folder), { recursive: true });
    await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
    if (!(await editBelow(join(dir, 'workflows'), edit)))
      throw new Error('no source was changed by the edit');
    return await bundle(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const bundle = (folder: string) =>
  bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows', 'index.ts'),
    workflowInterceptorModules: [join(folder, 'workflows', 'told-at-once.ts')],
    logger: new DefaultLogger('ERROR'),
    plugins: [secretsPlugin({ keys: undefined })],
  });

async function editBelow(folder: string, edit: Edit): Promise<boolean> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const changes = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(folder, file), 'utf8');
      const edited = edit(source, file);
      await writeFile(join(folder, file), edited);
      return edited !== source;
    }),
  );
  return changes.includes(true);
}
