import type { Client } from '@temporalio/client';
import { statfs } from 'node:fs/promises';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { summaryOf } from '../../contracts/run/drift';
import { lastDrill } from '../../environment/backup/drill';
import { lastBackup } from '../../environment/backup/make-backup';
import { readRotations } from '../../environment/files/rotations';
import { hostStanding } from '../../environment/hosts/records';
import { clientSecretAges } from '../../infisical/access/identities';
import { readWatchState } from '../../environment/watch-state';
import { lastRun } from '../last-run';
import { source, type GaugeSource } from './gauges';

const seconds = (time: string) => Date.parse(time) / 1000;

/** Everything that a worker shows of its environments. One more thing to watch is one more source here. */
export function gaugeSources(client: Client, own: string | undefined): Record<string, GaugeSource> {
  return { run: runOf(client, own), nodes, hosts, watch, credentials, backup, drill, disk };
}

/** The last bootstrap, as the Temporal server knows it. */
const runOf = (client: Client, own: string | undefined) =>
  source(
    {
      onex_last_run_failed: '1 where the last run that ended failed, was cancelled or ended in part',
      onex_last_run_end_timestamp_seconds: 'When it ended, in seconds since 1970',
      onex_last_run_seconds: 'How long it took',
      onex_open_run_start_timestamp_seconds: 'When the run began that is under way; 0 where none is',
    },
    async ({ environment }) => {
      const run = await lastRun(client, bootstrapWorkflowId(environment), own);
      if (run === undefined) return { onex_open_run_start_timestamp_seconds: 0 };
      const { started, closed, exitCode } = run;
      if (closed === undefined) return { onex_open_run_start_timestamp_seconds: seconds(started) };
      return {
        onex_open_run_start_timestamp_seconds: 0,
        onex_last_run_failed: exitCode === 0 ? 0 : 1,
        onex_last_run_end_timestamp_seconds: seconds(closed),
        onex_last_run_seconds: seconds(closed) - seconds(started),
      };
    },
  );

/** The nodes of the last run that came to them. */
const nodes = source(
  {
    onex_nodes_configured: 'Nodes with their configuration, by the last run',
    onex_nodes_withheld: 'Nodes without it, since a required key is missing',
  },
  async ({ reports }) => {
    const rows = await reports.lastNodes();
    if (rows === undefined) return {};
    const withheld = rows.filter(({ file }) => file === 'withheld').length;
    return { onex_nodes_configured: rows.length - withheld, onex_nodes_withheld: withheld };
  },
);

/** The hosts that joined, at their home; counts, since a fleet of a thousand would be as many series. */
const hosts = source(
  {
    onex_hosts_joined: 'Hosts that joined and were accepted',
    onex_hosts_unserved: 'Those whose share of the last run failed, is not whole, or was not done',
    onex_hosts_asking: 'Hosts that wait to be accepted',
  },
  async ({ stateDir }) => {
    const { joined, unserved, asking } = await hostStanding(stateDir);
    if (joined.length + asking.length === 0) return {};
    return {
      onex_hosts_joined: joined.length,
      onex_hosts_unserved: unserved.length,
      onex_hosts_asking: asking.length,
    };
  },
);

/** What the last look found. */
const watch = source(
  {
    onex_watch_drifts: 'What is not as declared, and was not accepted',
    onex_watch_accepted: 'Drifts that somebody accepted',
    onex_watch_unobserved: 'Checks that could not look',
    onex_watch_last_look_timestamp_seconds: 'When it was looked at last, in seconds since 1970',
    onex_watch_last_in_step_timestamp_seconds: 'When everything was as declared last, in seconds since 1970',
  },
  async ({ stateDir }) => {
    const { last, accepted, inStepAt } = await readWatchState(stateDir);
    if (last === undefined) return {};
    const seen = summaryOf(last.findings, new Set(accepted.map(({ digest }) => digest)));
    return {
      onex_watch_drifts: seen.drifts.count,
      onex_watch_accepted: seen.accepted,
      onex_watch_unobserved: seen.unobserved.count,
      onex_watch_last_look_timestamp_seconds: seconds(last.at),
      ...(inStepAt !== undefined && { onex_watch_last_in_step_timestamp_seconds: seconds(inStepAt) }),
    };
  },
);

const CREDENTIAL = /^[a-z-]+$/; // the others are keys, and no label names a secret

const credentials = source(
  {
    onex_client_secret_made_timestamp_seconds:
      'When the client secret of an identity was made, in seconds since 1970',
    onex_client_secret_due_timestamp_seconds: 'By when it is to be rotated, as it is declared',
    onex_credential_rotated_timestamp_seconds: 'When a credential was rotated last, in seconds since 1970',
    onex_rotations_open: 'Rotations that began and have not ended: old and new credentials are live',
  },
  async (environment) => {
    const { pending, rotated } = await readRotations(environment.stateDir);
    const dated = (await clientSecretAges(environment)).flatMap(({ role, made }) =>
      made === undefined ? [] : [{ of: { identity: role }, ...made }],
    );
    const known = Object.entries(rotated).filter(([credential]) => CREDENTIAL.test(credential));
    return {
      onex_client_secret_made_timestamp_seconds: dated.map(({ of, at }) => ({ value: at / 1000, of })),
      onex_client_secret_due_timestamp_seconds: dated.map(({ of, due }) => ({ value: due / 1000, of })),
      onex_rotations_open: pending.length,
      onex_credential_rotated_timestamp_seconds: known.map(([credential, at]) => ({
        value: at / 1000,
        of: { credential },
      })),
    };
  },
);

const backup = source(
  {
    onex_backup_timestamp_seconds: 'When the last backup was made, in seconds since 1970',
    onex_backup_bytes: 'Size of the last backup',
  },
  async ({ stateDir }) => {
    const last = await lastBackup(stateDir);
    if (last === undefined) return {};
    return { onex_backup_timestamp_seconds: seconds(last.made), onex_backup_bytes: last.bytes };
  },
);

const drill = source(
  {
    onex_drill_failed: '1 where the last drill could not restore the newest backup',
    onex_drill_timestamp_seconds: 'When the last drill ended, in seconds since 1970',
  },
  async ({ stateDir }) => {
    const last = await lastDrill(stateDir);
    if (last === undefined) return {};
    return { onex_drill_failed: last.ok ? 0 : 1, onex_drill_timestamp_seconds: seconds(last.at) };
  },
);

const disk = source(
  { onex_state_disk_free_bytes: 'Free space of the disk with the state directory' },
  async ({ stateDir }) => {
    const { bavail, bsize } = await statfs(stateDir);
    return { onex_state_disk_free_bytes: bavail * bsize };
  },
);
