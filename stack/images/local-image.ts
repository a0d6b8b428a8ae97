/** An image that can be built here from Debian packages, in place of one from a registry. */
export interface LocalImage {
  name: 'postgres' | 'valkey' | 'node' | 'infisical';
  /** Repositories, without tag, that it stands for. */
  standsFor: string[];
  /** Script in the package's images/NAME folder, and where the image has it. */
  entrypoint: { file: string; target: string };
  /** More scripts of that folder, for /usr/local/bin. */
  programs?: string[];
  /** Whether the host's Node.js is part of it. */
  node: boolean;
  /** Keeps data, or data of its kind only reads: every such service of a stack runs the same kind. */
  stateful: boolean;
  /** Lines of /etc/passwd after root's, without home and shell. */
  users: { name: string; id: number }[];
  config: Record<string, unknown>;
}

/** What local images are made of besides Debian's packages and the host's Node.js. */
export interface LocalSources {
  /** Folder of this package, which holds `images/` and `dist/`. */
  packageDir: string;
  /** The development Infisical as one file, where it is not the package's. */
  devInfisicalBundle?: string;
}

/** The local image that stands for an image reference, if there is one. */
export function localImageFor(reference: string): LocalImage | undefined {
  const repository = reference
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(docker\.io|index\.docker\.io)\//, '')
    .replace(/^library\//, '');
  return LOCAL_IMAGES.find(({ standsFor }) => standsFor.includes(repository));
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ENTRYPOINT = { file: 'docker-entrypoint.sh', target: 'usr/local/bin/docker-entrypoint.sh' };

const LOCAL_IMAGES: readonly LocalImage[] = [
  {
    name: 'postgres',
    standsFor: ['postgres'],
    entrypoint: ENTRYPOINT,
    node: false,
    stateful: true,
    users: [{ name: 'postgres', id: 999 }],
    config: {
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['postgres'],
      Env: [PATH, 'LANG=C.UTF-8', 'PG_MAJOR=17', 'PGDATA=/var/lib/postgresql/data'],
      ExposedPorts: { '5432/tcp': {} },
      Volumes: { '/var/lib/postgresql/data': {} },
      StopSignal: 'SIGINT',
    },
  },
  {
    name: 'valkey',
    standsFor: ['valkey/valkey', 'redis'],
    entrypoint: ENTRYPOINT,
    programs: ['redis-server', 'redis-cli'],
    node: false,
    stateful: true,
    users: [{ name: 'valkey', id: 999 }],
    config: {
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['valkey-server'],
      Env: [PATH],
      ExposedPorts: { '6379/tcp': {} },
      Volumes: { '/data': {} },
      WorkingDir: '/data',
    },
  },
  {
    name: 'node',
    standsFor: ['node'],
    entrypoint: ENTRYPOINT,
    node: true,
    stateful: false,
    users: [{ name: 'node', id: 1000 }],
    config: {
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['node'],
      Env: [PATH, 'SSL_CERT_DIR=/etc/ssl/certs'],
    },
  },
  {
    name: 'infisical',
    standsFor: ['infisical/infisical'],
    entrypoint: { file: 'standalone-entrypoint.sh', target: 'backend/standalone-entrypoint.sh' },
    programs: ['npm'],
    node: true,
    stateful: true,
    users: [{ name: 'non-root-user', id: 1001 }],
    config: {
      Cmd: ['./standalone-entrypoint.sh'],
      Env: [PATH, 'HOST=0.0.0.0', 'PORT=8080'],
      ExposedPorts: { '8080/tcp': {} },
      WorkingDir: '/backend',
      User: '1001',
    },
  },
];
