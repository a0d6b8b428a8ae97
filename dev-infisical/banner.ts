import type { Settings } from './settings';

/** What stands on top of the log, so that nobody takes this server for the real one. */
export function banner({ DEV_INFISICAL_GENERATION: generation }: Settings): string {
  const lines = [
    'DEVELOPMENT SERVER - THIS IS NOT INFISICAL',
    `It answers the part of the Infisical API (${generation} generation) that onex-bootstrap uses.`,
    'No audit, no access approvals, no support: never put real secrets into it.',
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const edge = '#'.repeat(width + 4);
  return `${edge}\n${lines.map((line) => `# ${line.padEnd(width)} #\n`).join('')}${edge}\n`;
}
