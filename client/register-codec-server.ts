import type { Command } from 'commander';
import type { CommandContext } from './command-context';
import type { ExitCode } from './exit-code';

interface Flags {
  json?: boolean;
  port?: string;
  origin?: string;
}

/** `codec-server` and `codec-server grant`. */
export function registerCodecServer(
  program: Command,
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  const codec = program
    .command('codec-server')
    .description('let Temporal’s UI and CLI show sealed secrets, with a grant')
    .option('--json', 'report as JSON on stdout; never holds a value')
    .option('--port <port>', 'port on 127.0.0.1 (default 8234)')
    .option('--origin <url>', 'the UI that may ask (default: the embedded one)')
    .action(async (flags: Flags) => {
      const { codecServer } = await import('./commands/codec-server.js');
      finish(await codecServer(flags, context(flags)));
    });
  codec
    .command('grant')
    .description('print a token that may decode for some minutes')
    .argument('<name>', 'who decodes, for the audit')
    .requiredOption('--minutes <n>', 'how long')
    .action(async (name: string, flags: { minutes: string }) => {
      const { codecGrant } = await import('./commands/codec-server.js');
      finish(await codecGrant(name, flags, context(codec.opts())));
    });
}
