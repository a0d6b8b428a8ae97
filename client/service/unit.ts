/** What a systemd unit of the worker says of its machine. Paths are absolute; nothing of it is secret. */
export interface ServiceUnit {
  /** A unit of one user's own systemd, or of the system's. */
  scope: 'user' | 'system';
  /** Who runs it; a user's own units say nobody. */
  user: string | undefined;
  command: readonly string[];
  stateRoot: string;
  /** May hold TEMPORAL_API_KEY and the like; 0600. */
  environmentFile: string;
}

export const UNIT_NAME = 'onex-bootstrap.service';
const MARK =
  '# Of onex-bootstrap, by its `service install`; changes of your own: systemctl edit onex-bootstrap';

/** Nobody else's file is replaced or removed. */
export const isOurs = (text: string): boolean => text.startsWith(MARK);

/** The state directory that a unit of ours serves, as it is written there. */
export const servedBy = (text: string): string | undefined =>
  /^Environment="ONEX_STATE_DIR=(.*)"$/m.exec(text)?.[1];

/** Whether it is this one. */
export const serves = (text: string, stateRoot: string): boolean =>
  text.split('\n').includes(`Environment=${quoted(`ONEX_STATE_DIR=${stateRoot}`)}`);

/** A worker for years: started again whatever ends it, and able to write only where its state and the nodes' files are. */
export function unitText({ scope, user, command, stateRoot, environmentFile }: ServiceUnit): string {
  const isSystem = scope === 'system';
  const lines = (...all: (string | false)[]) => all.filter((line) => line !== false).join('\n');
  return `${lines(
    MARK,
    '[Unit]',
    'Description=Worker of onex-bootstrap',
    isSystem && 'Wants=network-online.target',
    isSystem && 'After=network-online.target docker.service',
    'StartLimitIntervalSec=0', // what it needs may be away for hours
    '',
    '[Service]',
    user !== undefined && `User=${user}`,
    `ExecStart=${command.map(quoted).join(' ')}`,
    `WorkingDirectory=${escaped(stateRoot)}`,
    `Environment=${quoted(`ONEX_STATE_DIR=${stateRoot}`)}`,
    `EnvironmentFile=-${escaped(environmentFile)}`,
    'Restart=always',
    'RestartSec=5s',
    'TimeoutStopSec=30s', // it ends within 10 s
    'SyslogIdentifier=onex-bootstrap', // not "node", in the journal
    'KillMode=mixed', // the embedded Temporal server, if it is its child, is ended after it
    'UMask=0077',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    isSystem && 'ProtectHome=read-only',
    // nodes' files are on a tmpfs, where other users' services read them
    `ReadWritePaths=${quoted(stateRoot)} -/dev/shm${isSystem ? ' -/run' : ' -%t'}`,
    ...(isSystem
      ? ['ProtectKernelTunables', 'ProtectKernelModules', 'ProtectKernelLogs', 'ProtectControlGroups']
      : []
    ).map((name) => `${name}=yes`),
    isSystem && 'CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER',
    'RestrictSUIDSGID=yes',
    'RestrictRealtime=yes',
    'LockPersonality=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'SystemCallArchitectures=native',
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
  )}\n`;
}

/** systemd expands % and, in commands, $. */
const escaped = (text: string) => text.replaceAll('%', '%%');
const quoted = (text: string) =>
  `"${escaped(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
