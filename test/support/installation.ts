import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { findDevServer } from '../../client/temporal/dev-server';
import { cliFolder } from '../../client/temporal/temporal-cli';
import { freePort } from './local-services';

const root = join(__dirname, '..', '..');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Everything printed so far, both streams. */
  output: () => string;
  /** Waits until `text` is printed. @throws where the command ends without it. */
  says: (text: string) => Promise<void>;
}

/** A command's exit code; where it is another, the test shows what the command said last. */
export function expectExit(code: number, ended: Pick<Ended, 'code' | 'stderr'>): void {
  if (ended.code !== code)
    throw new Error(`exit ${ended.code} in place of ${code}:\n${ended.stderr.slice(-1500)}`);
}

/** One installation of the built product: its own state directory, ports and environment; nothing of it remains. */
export class Installation {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'onex-state-'));
  readonly environment: string;
  private readonly children: ChildProcess[] = [];
  private constructor(readonly variables: Record<string, string>) {
    const own = this.stateDir
      .slice(-6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '0');
    this.environment = variables['ONEX_ENVIRONMENT'] ?? `t${own}`;
  }

  static async create(variables: Record<string, string> = {}): Promise<Installation> {
    const ports: Record<string, string> = {};
    for (const name of [
      'POSTGRES_EXTERNAL_PORT',
      'VALKEY_EXTERNAL_PORT',
      'INFISICAL_EXTERNAL_PORT',
      'GREETER_PORT',
    ]) {
      ports[name] = String(await freePort());
    }
    return new Installation({ ...ports, ...variables });
  }

  get env(): Record<string, string> {
    // The CLI that the product installs for itself is shared between installations: one download for all tests.
    const tools = cliFolder(join(homedir(), '.onex-bootstrap', 'tools'));
    return {
      PATH: [tools, process.env['PATH'] ?? ''].join(delimiter),
      HOME: this.stateDir,
      ONEX_STATE_DIR: this.stateDir,
      ONEX_ENVIRONMENT: this.environment,
      ONEX_LOCAL_IMAGES: 'true', // the tests are the same everywhere
      ...this.variables,
    };
  }

  start(...args: string[]): Running {
    const started = Date.now();
    const child = spawn(process.execPath, ['--', join(root, 'dist', 'client', 'main.js'), ...args], {
      cwd: this.stateDir,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    let [stdout, stderr, both] = ['', '', ''];
    child.stdout.on('data', (chunk: Buffer) => ((stdout += chunk.toString()), (both += chunk.toString())));
    child.stderr.on('data', (chunk: Buffer) => ((stderr += chunk.toString()), (both += chunk.toString())));
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (Date.now() - started) / 1000 })),
    );
    const says = async (text: string) => {
      let over = false;
      void ended.then(() => (over = true));
      while (!both.includes(text)) {
        if (over) throw new Error(`ended without "${text}":\n${both}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    return { child, ended, output: () => both, says };
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  file(name: string): string {
    return readFileSync(join(this.stateDir, this.environment, name), 'utf8');
  }

  get temporalAddress(): string {
    const { port } = JSON.parse(readFileSync(join(this.stateDir, 'temporal', 'server.json'), 'utf8'));
    return `127.0.0.1:${port}`;
  }

  async withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: this.temporalAddress });
    try {
      return await work(new Client({ connection }));
    } finally {
      await connection.close();
    }
  }

  /** `docker …`, of this installation's containers where `OURS` stands among the arguments. */
  docker(...args: string[]): string {
    const ours = () =>
      execFileSync('docker', ['ps', '-aq', '--filter', `label=onex.environment=${this.environment}`])
        .toString()
        .split('\n')
        .filter(Boolean);
    return execFileSync(
      'docker',
      args.flatMap((arg) => (arg === 'OURS' ? ours() : [arg])),
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).toString();
  }

  async remove(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL'); // of a test that failed
    if (existsSync(join(this.stateDir, this.environment))) {
      // its port may be another test's by now, whose environment may have this name too
      if ((await findDevServer(join(this.stateDir, 'temporal'))) !== undefined)
        await this.withClient((client) =>
          client.workflow.getHandle(`bootstrap/${this.environment}`).terminate('test is over'),
        ).catch(() => undefined);
      await this.run('down', '--volumes');
    }
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
