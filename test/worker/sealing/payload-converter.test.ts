import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { Secret, isSecret } from '../../../contracts/core/secret';
import { payloadConverter } from '../../../worker/sealing/payload-converter';

const textOf = ({ data }: Payload) => Buffer.from(data ?? '').toString();
const markOf = ({ metadata }: Payload) => Buffer.from(metadata?.['onex-secret'] ?? '').toString();

/** What another copy of the module makes, as two versions of a package do. */
function foreignSecret(value: string): Secret {
  let made: Secret | undefined;
  jest.isolateModules(() => {
    const { Secret: Other } = jest.requireActual<{ Secret: typeof Secret }>('../../../contracts/core/secret');
    made = new Other(value);
  });
  if (made === undefined || made instanceof Secret) throw new Error('it is of the same copy');
  return made;
}

describe('payloadConverter', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['bytes', new Uint8Array([1, 2])],
    ['text', 'text'],
    ['a list', [1, [2]]],
    ['dates', { at: new Date(0) }],
    ['a key that looks like ours', { $secret: 'x', $$secret: [{ $secret: 1 }] }],
  ])('writes %s as the default does', (_, value) => {
    const payload = payloadConverter.toPayload(value);
    expect(payload).toEqual(defaultPayloadConverter.toPayload(value));
    expect(payloadConverter.fromPayload(payload)).toEqual(
      defaultPayloadConverter.fromPayload(defaultPayloadConverter.toPayload(value)),
    );
  });

  it.each([
    ['at the root', new Secret('v'), '{"$secret":"v"}'],
    ['in an object', { name: 'N', value: new Secret('v') }, '{"name":"N","value":{"$secret":"v"}}'],
    ['several in lists', [new Secret('v'), [new Secret('w'), 1]], '[{"$secret":"v"},[{"$secret":"w"},1]]'],
    ['of another copy of the module', [foreignSecret('v')], '[{"$secret":"v"}]'],
    ['beside what looks like one', [new Secret('v'), { $secret: 1 }], '[{"$secret":"v"},{"$$secret":1}]'],
    ['that toJSON gives', { toJSON: () => new Secret('v') }, '{"$secret":"v"}'],
  ])('marks Secrets %s, and makes Secrets of them', (_, value, text) => {
    const payload = payloadConverter.toPayload(value);
    expect([textOf(payload), markOf(payload)]).toEqual([text, 'plain']);
    const [first] = secretsIn(payloadConverter.fromPayload(payload));
    expect(first).toBeInstanceOf(Secret);
    expect(first?.reveal()).toBe('v');
  });

  it('takes nothing for a Secret in a payload that is not marked', () => {
    const payload = defaultPayloadConverter.toPayload({ $secret: 'v' });
    expect(payloadConverter.fromPayload(payload)).toEqual({ $secret: 'v' });
  });

  it('refuses what nobody has opened, and quotes nothing of what is broken', () => {
    const plain = payloadConverter.toPayload([new Secret('canary')]);
    const sealed = { ...plain, metadata: { ...plain.metadata, 'onex-secret': Buffer.from('sealed') } };
    expect(() => payloadConverter.fromPayload(sealed)).toThrow('no codec has opened it');
    const broken = { ...plain, data: Buffer.from('canary') };
    expect(() => payloadConverter.fromPayload(broken)).toThrow(/^A payload with Secrets is no JSON.$/);
  });
});

function secretsIn(value: unknown): Secret[] {
  if (isSecret(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}
