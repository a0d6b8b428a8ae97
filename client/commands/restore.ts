import { resolve } from 'node:path';
import { badInput } from '../../contracts/core/failures';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { prepareRestore, type Restoring } from '../../environment/backup/restore';
import { present } from '../../contracts/core/record';
import { askPassphrase } from '../ask-passphrase';
import type { CommandContext } from '../command-context';
import type { ExitCode } from '../exit-code';
import { declaredOptions, type DeclareFlags } from '../options';
import { renderSummary } from '../render/summary';
import { runAsWriter } from '../writer-run';

export interface RestoreFlags extends DeclareFlags {
  passphraseFile?: string;
  identity?: string;
  contracts?: string[];
  takeOver?: boolean;
}

/** Restores the environment of a backup where nothing is, and brings it up. */
export async function restore(file: string, flags: RestoreFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal, config } = context;
  const from = await openingFor(file, flags, context);
  const { passphraseFile: _, identity: __, contracts = [], takeOver = false, ...where } = flags;
  const manifest = await prepareRestore(host, from, declaredOptions(contracts, where, config.workingDir));
  const { environment, made, product } = manifest;
  terminal.progress(`${from.path} is a whole backup of ${environment}, made ${made} by ${product}`);
  return runAsWriter<BootstrapReport>(
    { type: 'restore', environment, summary: `restore ${environment}`, takeOver },
    context,
    (result) => {
      renderSummary(result, host.stateDirOf(environment), terminal);
      terminal.line(
        'Schedules are not part of a backup; to have them again: onex-bootstrap backup --every, drill --every',
      );
    },
  );
}

async function openingFor(
  file: string,
  { passphraseFile, identity }: RestoreFlags,
  { config }: CommandContext,
): Promise<Restoring> {
  const at = (path: string | undefined) =>
    path === undefined ? undefined : resolve(config.workingDir, path);
  const path = resolve(config.workingDir, file);
  if (passphraseFile !== undefined || identity !== undefined)
    return { path, ...present({ passphraseFile: at(passphraseFile), identityFile: at(identity) }) };
  const typed = await askPassphrase({ again: false });
  if (typed === undefined)
    throw badInput(
      'Say what opens the backup: --passphrase-file FILE, or --identity FILE for one of a recipient.',
    );
  return { path, passphrase: typed };
}
