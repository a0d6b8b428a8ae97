import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ORDERS, type Orders } from '../side-effects/orders';
import type { Job } from './job';
import { places } from './places';

export interface Up {
  child: ChildProcess;
  /** Exit code; null where it was killed. */
  ended: Promise<number | null>;
  stdout: () => string;
}

/** The product as it is installed in a machine. Everything that it ever printed is kept for the search for values. */
export class Product {
  printed = '';
  ups = 0;

  constructor(private readonly job: Job) {}

  /** Starts `up`, watched if there are orders. */
  up(orders?: Orders): Up {
    this.ups++;
    const { product, preload, contracts, envFiles, toolsPath } = this.job;
    const watched = orders === undefined ? [] : ['--require', preload];
    const main = join(product, 'dist', 'client', 'main.js');
    const given = [...contracts, ...envFiles.flatMap((file) => ['--env-file', file])];
    const child = spawn(process.execPath, [...watched, '--', main, 'up', ...given, '--json'], {
      cwd: '/tmp',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${toolsPath}:${process.env['PATH']}`,
        HOME: '/tmp',
        ONEX_STATE_DIR: places.state,
        ONEX_NODES_DIR: places.nodes,
        ONEX_ENVIRONMENT: places.environment,
        ...(orders === undefined ? {} : { [ORDERS]: JSON.stringify(orders) }),
      },
    });
    let stdout = '';
    child.stdout.on(
      'data',
      (chunk: Buffer) => ((stdout += chunk.toString()), (this.printed += chunk.toString())),
    );
    child.stderr.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, ended, stdout: () => stdout };
  }
}
