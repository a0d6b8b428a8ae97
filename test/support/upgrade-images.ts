import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../../stack/engine/connect-engine';
import { ensureLocalImages } from '../../stack/images/ensure-local-images';
import { localImageFor } from '../../stack/images/local-image';
import type { Installation } from './installation';

const root = join(__dirname, '..', '..');
const docker = (...args: string[]) =>
  execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();

/** The programs of an earlier Postgres on this machine; undefined where there are none. */
export const earlierPostgres = (): string | undefined =>
  (existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [])
    .filter((major) => Number(major) >= 13 && Number(major) < 17)
    .sort()
    .at(-1);

/** Images under tags of our own, made of those that are built here: what tells versions apart is in them. */
export class UpgradeImages {
  private readonly made = new Set<string>();
  private readonly bases: Record<string, string> = {};

  constructor(private readonly installation: Installation) {}

  private name = (of: string, tag: string) => `onex-upgrade-${this.installation.environment}/${of}:${tag}`;

  /** An image of another one, with what `change` writes into a folder that stands for its root. */
  private make(of: string, tag: string, change: (folder: string) => string[] = () => []): string {
    const name = this.name(of, tag);
    const folder = mkdtempSync(join(tmpdir(), 'onex-image-'));
    const container = docker('create', this.bases[of]!);
    try {
      const settings = ['LABEL onex.image-kind=registry', ...change(folder)].flatMap((line) => [
        '--change',
        line,
      ]);
      docker('cp', `${folder}/.`, `${container}:/`);
      docker('commit', ...settings, container, name);
    } finally {
      docker('rm', container);
      rmSync(folder, { recursive: true });
    }
    this.made.add(name);
    return name;
  }

  /** The image that is built here, under a tag of our own. */
  async first(of: 'postgres' | 'valkey' | 'infisical', tag: string): Promise<string> {
    const repository = { postgres: 'postgres', valkey: 'valkey/valkey', infisical: 'infisical/infisical' }[
      of
    ];
    const image = localImageFor(`${repository}:1`)!;
    const options = {
      cacheDir: join(tmpdir(), 'onex-bootstrap-test-images'),
      packageDir: root,
      standIns: true,
    };
    this.bases[of] = (await ensureLocalImages(connectEngine(), [image], options)).get(of)!.ref;
    return this.make(of, tag);
  }

  /** An Infisical that runs this SQL in each start, as a migration; without any, one that never answers. */
  infisical(tag: string, migration: string | undefined): string {
    return this.make('infisical', tag, (folder) => {
      mkdirSync(join(folder, 'backend'));
      const bundle = readFileSync(join(root, 'dist', 'dev-infisical-bundle.js'), 'utf8');
      const last = 'insert into server_config (id) values (1) on conflict do nothing';
      if (!bundle.includes(last)) throw new Error('the bundle has no such statement');
      const changed =
        migration === undefined
          ? 'setInterval(() => 0, 1000);'
          : bundle.replace(last, `${last};${migration}`);
      writeFileSync(join(folder, 'backend', 'server.js'), changed);
      return [];
    });
  }

  /** A Postgres of this machine's earlier major, with the libraries that it needs. */
  postgres(major: string): string {
    return this.make('postgres', major, (folder) => {
      const programs = join('usr/lib/postgresql', major);
      for (const path of [programs, join('usr/share/postgresql', major)])
        cpSync(join('/', path), join(folder, path), { recursive: true });
      mkdirSync(join(folder, 'usr/bin'), { recursive: true });
      mkdirSync(join(folder, 'opt/lib'), { recursive: true });
      for (const program of readdirSync(join('/', programs, 'bin'))) {
        symlinkSync(`/${programs}/bin/${program}`, join(folder, 'usr/bin', program));
        const needed = execFileSync('ldd', [join('/', programs, 'bin', program)]).toString();
        for (const [, library] of needed.matchAll(/=> (\/\S+)/g))
          if (!/\/(libc|libm|libresolv)\.so/.test(library!))
            cpSync(library!, join(folder, 'opt/lib', library!.split('/').at(-1)!), { dereference: true });
      }
      return [`ENV PG_MAJOR=${major} LD_LIBRARY_PATH=/opt/lib`];
    });
  }

  remove(): void {
    for (const name of this.made) docker('rmi', '--force', name);
  }
}
