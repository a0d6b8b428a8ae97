import type { Command } from 'commander';
import type { CommandContext } from './command-context';
import { listHosts, acceptHost, removeHost, serveHosts } from './commands/hosts';
import { join } from './commands/join';
import type { ExitCode } from './exit-code';
import { collect, declaredOptions, seconds, withContractOptions, type DeclareFlags } from './options';

type Json = { json?: boolean };

interface HostsFlags extends Json {
  environment?: string;
  forget?: boolean;
  /** Seconds. */
  wait?: number;
}

/** `join` and `hosts`. */
export function registerHosts(
  { command, named }: Record<'command' | 'named', (name: string, description: string) => Command>,
  context: (flags: Json) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  const joining = command('join', 'have this host run nodes of an environment whose home is another host')
    .argument('[dir...]', 'directories or files with contracts, as at the home')
    .option('-e, --environment <slug>', 'the environment')
    .option('--infisical <url>', 'the home’s Infisical, as this host reaches it')
    .option('--infisical-ca <file>', 'PEM file of the authority of its certificate')
    .option('--insecure-http', 'speak to it in clear, on another machine or to another user’s process');
  withContractOptions(joining)
    .option('--name <slug>', 'this host’s name there (default: its own)')
    .option('--serve <service>', 'it runs the nodes of this service only; repeatable', collect)
    .option('--serve-node <node>', 'it runs this node only; repeatable', collect)
    .option('--project <slug>', 'project in Infisical, as at the home')
    .option('--stack <file>', 'Compose file of the services that run the nodes here')
    .option('--local-images', 'where no registry answers, images built here stand in: for a try')
    .option('--env-file <file>', 'variables of the Compose file; repeatable', collect)
    .option('--runtime-env <file>', 'env file that receives the identity of this host', collect)
    .option('--moved', 'Infisical is the one of before at a new address')
    .option('--reset', 'forget what was declared before and start from the defaults')
    .action(async (dirs: string[], flags: DeclareFlags & Json & { name?: string }) => {
      const given = context(flags);
      finish(await join(declaredOptions(dirs, flags, given.config.workingDir), flags, given));
    });

  const hosts = named('hosts', 'hosts that joined, or ask to');
  hosts.action(async (flags: HostsFlags) => {
    finish(await listHosts(flags, context(flags)));
  });
  const verb = (name: string, description: string) =>
    hosts
      .command(name)
      .description(description)
      .option('-e, --environment <slug>', 'a declared environment')
      .option('--wait <time>', 'how long to wait for a host that is away', seconds)
      .option('--json', 'report as JSON on stdout');
  // what stands before the verb counts too
  const flagsOf = (flags: HostsFlags): HostsFlags => ({ ...hosts.opts<HostsFlags>(), ...flags });
  verb('accept', 'let a host be what it asks, and serve it')
    .argument('<name>', 'of the host')
    .argument('<digest>', 'of what it asks, as `join` and `hosts` print it')
    .action(async (name: string, digest: string, flags: HostsFlags) => {
      finish(await acceptHost([name, digest], flagsOf(flags), context(flagsOf(flags))));
    });
  verb('remove', 'end a host’s identity, and have it forget the environment')
    .argument('<name>', 'of the host')
    .option('--forget', 'it is gone for good: do not wait to tell it')
    .action(async (name: string, flags: HostsFlags) => {
      finish(await removeHost(name, flagsOf(flags), context(flagsOf(flags))));
    });
  verb('serve', 'have hosts do their share: all of them, or the named ones')
    .argument('[name...]', 'of hosts')
    .action(async (names: string[], flags: HostsFlags) => {
      finish(await serveHosts(names, flagsOf(flags), context(flagsOf(flags))));
    });
}
