import { activityInfo, heartbeat } from '@temporalio/activity';
import { Secret } from '../../../contracts/core/secret';
import type { Read } from './fixture-workflows';

export interface FixtureActivities {
  'infisical.get_secret'(request: { name: string }): Promise<Read>;
  beat(read: Read): Promise<Read>;
  failEncoded(read: Read): Promise<void>;
  failWithItsOwn(request: { name: string }): Promise<void>;
  failOpenly(): Promise<void>;
}

/** Stand-ins that return `value`, and that show it where they should not. */
export function fixtureActivities(value: string): FixtureActivities {
  return {
    'infisical.get_secret': ({ name }) => Promise.resolve({ name, value: new Secret(value) }),
    beat: (read) => {
      const { attempt, heartbeatDetails } = activityInfo();
      if (attempt > 1) return Promise.resolve(heartbeatDetails as Read);
      heartbeat(read);
      return Promise.reject(new Error(`beat: ${read.value.reveal()}`));
    },
    failEncoded: ({ value: held }) => {
      const encoded = [
        encodeURIComponent(held.reveal()),
        Buffer.from(held.reveal()).toString('base64'),
        Buffer.from(held.reveal()).toString('hex'),
      ];
      return Promise.reject(
        new Error(`cannot log in: ${encoded.join(' ')}`, { cause: new Error(held.reveal()) }),
      );
    },
    failWithItsOwn: ({ name }) => {
      const own = new Secret(value);
      return Promise.reject(new Error(`${name}: postgres://app:${encodeURIComponent(own.reveal())}@db`));
    },
    failOpenly: () => Promise.reject(new Error('no route to host db')),
  };
}
