import { missingPrerequisite } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { CommandContext } from '../command-context';
import { runChild, type ChildEnd } from '../exec/run-child';
import { findRunningTemporal, temporalCliOf, type TemporalServer } from '../temporal/connect';

/** Runs Temporal's own CLI with these arguments against the server that all other commands use; ends as the CLI ends. */
export async function temporal(
  args: string[],
  { config, terminal, inherited }: Pick<CommandContext, 'config' | 'terminal' | 'inherited'>,
): Promise<ChildEnd> {
  const server = await findRunningTemporal(config);
  if (server === undefined)
    throw missingPrerequisite(
      'The embedded Temporal server is not running. Start it with "onex-bootstrap up" or "onex-bootstrap worker", or name another server with TEMPORAL_ADDRESS.',
    );
  const cli = await temporalCliOf(config, (line) => terminal.progress(line));
  return runChild(cli, args, { ...withoutTemporal(inherited), ...variablesFor(server, config.variables) });
}

// Variables and not flags: not every command of the CLI takes --address, and the operator's own flags win over these.
function variablesFor({ kind, connect }: TemporalServer, variables: ReadonlyMap<string, Secret>) {
  const given = [...variables].flatMap(([key, value]) =>
    concerns(kind, key) ? [[key, value.reveal()] as const] : [],
  );
  return {
    ...Object.fromEntries(given),
    TEMPORAL_ADDRESS: connect.connectionOptions.address ?? '',
    TEMPORAL_NAMESPACE: connect.namespace ?? 'default',
  };
}

// The embedded server takes neither TLS nor an API key, which a profile for another server may bring.
const concerns = (kind: TemporalServer['kind'], key: string) =>
  key.startsWith(kind === 'configured' ? 'TEMPORAL_' : 'TEMPORAL_CODEC_');

const withoutTemporal = (inherited: Record<string, string>) =>
  Object.fromEntries(Object.entries(inherited).filter(([key]) => !key.startsWith('TEMPORAL_')));
