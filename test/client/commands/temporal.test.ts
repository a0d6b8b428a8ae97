import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporal } from '../../../client/commands/temporal';
import { createProgram } from '../../../client/program';
import { databaseOf, writeServerFile } from '../../../client/temporal/dev-server';
import { readConfiguration } from '../../../environment/configuration';
import { temporaryFolder } from '../../environment/files/temporary-folder';

/** A CLI that notes its arguments and what it knows of Temporal, and ends with 7. */
const CLI = '#!/bin/sh\nprintf "%s|" "$@" >"$NOTES"\nenv | grep "^TEMPORAL_" | sort >>"$NOTES"\nexit 7\n';

async function run(folder: string, args: string[], variables: Record<string, string> = {}) {
  const notes = join(folder, 'notes');
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'temporal'), CLI, { mode: 0o755 });
  const inherited = { PATH: `${bin}:${process.env['PATH']}`, NOTES: notes, ...variables };
  // what the working directory's .env adds is no variable of this process
  const environment = { ...inherited, HOME: folder, ONEX_STATE_DIR: folder, TEMPORAL_CODEC_AUTH: 'of .env' };
  const config = readConfiguration(environment, { workingDir: folder, packageDir: folder });
  const line = () => {};
  const terminal = { line, progress: line, live: undefined, paint: (_: string, text: string) => text };
  const end = await temporal(args, { config, terminal, inherited });
  return { end, noted: (await readFile(notes, 'utf8')).trim().split('\n') };
}

describe('temporal', () => {
  it('hands arguments as they are, and the configured server with its key, to the CLI', async () => {
    await using folder = await temporaryFolder();
    const { end, noted } = await run(folder.path, ['workflow', 'list', '--query', 'a = "b c"', '--help'], {
      ...{ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'onex' },
      ...{ TEMPORAL_API_KEY: 'key', TEMPORAL_TLS_SERVER_NAME: 'name' },
    });
    expect(end).toEqual({ kind: 'exited', code: 7 });
    expect(noted).toEqual([
      'workflow|list|--query|a = "b c"|--help|TEMPORAL_ADDRESS=temporal.example:7233',
      ...['TEMPORAL_API_KEY=key', 'TEMPORAL_CODEC_AUTH=of .env'],
      ...['TEMPORAL_NAMESPACE=onex', 'TEMPORAL_TLS_SERVER_NAME=name'],
    ]);
  });

  it('names the embedded server that runs, without the key of another', async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, 'temporal');
    // known by its command line
    const script = `const server = net.createServer().listen(0, () => console.log(server.address().port))`;
    const listening = spawn(process.execPath, ['-e', script, '--', 'start-dev', databaseOf(dir)]);
    const [printed] = (await once(listening.stdout, 'data')) as [Buffer];
    const port = Number(printed.toString());
    await writeServerFile(dir, { port, uiPort: 1, pid: listening.pid });
    const { noted } = await run(folder.path, ['workflow'], { TEMPORAL_API_KEY: 'key' });
    expect(noted).toEqual([
      `workflow|TEMPORAL_ADDRESS=127.0.0.1:${port}`,
      ...['TEMPORAL_CODEC_AUTH=of .env', 'TEMPORAL_NAMESPACE=default'],
    ]);
    listening.kill();
  });

  it('says how to start the embedded server where none runs', async () => {
    await using folder = await temporaryFolder();
    await expect(run(folder.path, ['workflow'])).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining('onex-bootstrap up'),
    });
  });

  it('gets every argument of the command line, also options that the program has itself', async () => {
    const program = createProgram(
      '1.0.0',
      () => undefined as never,
      () => {},
    );
    const command = program.commands.find((known) => known.name() === 'temporal');
    for (const args of [['--help'], ['workflow', 'list', '--json'], ['-h'], ['help']]) {
      await program.parseAsync(['temporal', ...args], { from: 'user' }).catch(() => undefined); // jest cannot load it
      expect(command?.args).toEqual(args);
    }
  });
});
