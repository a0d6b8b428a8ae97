import type { Choices } from './run-ref';

type Asked = Choices & { environment: string };

/** The command that asks for the same: it goes on with a run that was left, cancelled or failed. It can be pasted. */
export const commandOf = (workflowType: string, asked: Asked): string =>
  ['onex-bootstrap', ...whatOf(workflowType, asked), ...flagsOf(workflowType, asked)].join(' ');

function whatOf(
  type: string,
  { environment, rotate = [], upgrade = [], hosts = [], from = '', keys = [] }: Asked,
): string[] {
  switch (type) {
    case 'promote':
      return [type, from, environment, ...named(keys)];
    case 'restore':
      return [type, 'FILE'];
    case 'rotate':
      return [type, ...named(rotate), '-e', environment];
    case 'upgrade':
      return [type, ...named(upgrade), '-e', environment];
    case 'watch':
      return [type, '-e', environment, '--now'];
    case 'heal':
      return ['watch', '-e', environment, '--now', '--on-drift', 'heal'];
    case 'serveHost':
    case 'join':
      return ['join', '-e', environment];
    case 'serveHosts':
    case 'hostPages':
      return ['hosts', 'serve', ...named(hosts), '-e', environment];
    case 'backup':
    case 'drill':
    case 'prune':
      return [type, '-e', environment];
    default:
      return ['up', '-e', environment];
  }
}

/** All of them: a run is joined by what asks for exactly the same. */
function flagsOf(type: string, asked: Asked): string[] {
  const { overwrite = false, overlap, approveWithin, accept = [], value, plan } = asked;
  const one = (flag: string, given: string | undefined) => (given === undefined ? [] : [flag, quoted(given)]);
  const seconds = (given: number | undefined) => (given === undefined ? undefined : `${given}s`);
  const each = (flag: string, given: readonly string[]) => named(given).flatMap((name) => [flag, name]);
  return [
    ...(asked.dryRun === true ? ['--dry-run'] : []),
    ...(asked.required === true ? ['--required'] : []),
    ...(asked.allowPartial === true ? ['--allow-partial'] : []),
    ...(overwrite === true ? ['--overwrite'] : each('--overwrite', overwrite || [])),
    ...(asked.approve === true ? ['--approve'] : []),
    ...one('--approve-within', seconds(approveWithin)),
    ...(type === 'prune' ? one('--approved', plan) : one('--plan', plan && 'FILE')),
    ...one('--wait-for-hosts', type === 'serveHosts' ? undefined : seconds(asked.waitForHosts)),
    ...one('--wait', type === 'serveHosts' ? seconds(asked.waitForHosts) : undefined),
    ...one('--overlap', seconds(overlap)),
    ...one('--value', value && 'FILE'),
    ...one('--on-drift', asked.onDrift),
    ...each('--accept', accept),
    ...one('--transport', asked.transport),
    ...one('--undo', asked.undo),
  ];
}

const MOST_NAMES = 20;
const PLAIN = /^[\w./+:@-]+$/;

/** More than a line holds are for whoever asked to say again. */
const named = (names: readonly string[]) => (names.length > MOST_NAMES ? ['KEY…'] : names.map(quoted));

/** As a shell reads it. */
const quoted = (word: string) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
