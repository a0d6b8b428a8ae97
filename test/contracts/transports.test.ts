import { resolveTransport } from '../../contracts/transports';

describe('resolveTransport', () => {
  it('takes canonical names and aliases in any case, with spaces around', () => {
    expect([' Kafka\n', 'REDPANDA', 'db', 'Postgres', 'redis', 'secrets'].map(resolveTransport)).toEqual([
      'kafka',
      'kafka',
      'database',
      'database',
      'valkey',
      'infisical',
    ]);
  });

  it('knows no others, inherited property names among them', () => {
    expect(['vault', '', 'constructor', '__proto__'].map(resolveTransport)).toEqual(Array(4).fill(undefined));
  });
});
