import { commandOf } from '../../../contracts/run/again';
import type { Choices } from '../../../contracts/run/run-ref';

describe('the command that goes on with a run', () => {
  const cases: [string, Choices, string][] = [
    ['bootstrap', {}, 'up -e prod'],
    [
      'bootstrap',
      { approve: true, overwrite: ['A', 'B'] },
      'up -e prod --overwrite A --overwrite B --approve',
    ],
    ['rotate', { rotate: ['client-secrets'], overlap: 600 }, 'rotate client-secrets -e prod --overlap 600s'],
    ['rotate', { rotate: ["it's"], value: '0123456789abcdef' }, "rotate 'it'\\''s' -e prod --value FILE"],
    ['watch', { onDrift: 'heal' }, 'watch -e prod --now --on-drift heal'],
    ['heal', {}, 'watch -e prod --now --on-drift heal'],
    ['backup', {}, 'backup -e prod'],
    ['drill', {}, 'drill -e prod'],
    ['prune', { plan: '0123456789abcdef' }, 'prune -e prod --approved 0123456789abcdef'],
    ['prune', { undo: '1-0123456789abcdef' }, 'prune -e prod --undo 1-0123456789abcdef'],
    ['promote', { from: 'dev', keys: ['A'], overwrite: true }, 'promote dev prod A --overwrite'],
    ['upgrade', { upgrade: ['infisical'] }, 'upgrade infisical -e prod'],
    ['restore', {}, 'restore FILE'],
    ['serveHosts', { hosts: ['edge'], waitForHosts: 60 }, 'hosts serve edge -e prod --wait 60s'],
    ['bootstrap', { waitForHosts: 60 }, 'up -e prod --wait-for-hosts 60s'],
    ['serveHost', {}, 'join -e prod'],
  ];
  it.each(cases)('%s %j', (type, choices, command) => {
    expect(commandOf(type, { ...choices, environment: 'prod' })).toBe(`onex-bootstrap ${command}`);
  });
});
