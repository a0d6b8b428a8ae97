import type { Api } from './api';
import { Mismatch, read } from './expect';
import type { Generation } from './world';

/** Tells the generations apart without a token: a route that exists asks for one, a route that does not is a 404. */
export async function detectGeneration(api: Api): Promise<Generation> {
  const answer = await api.get('/api/v4/secrets');
  if (answer.status === 401) return 'current';
  const message = read(answer.body, 'message');
  if (answer.status === 404 && typeof message === 'string' && message.startsWith('Route ')) return '2024';
  throw new Mismatch(
    `${answer.request}: ${answer.status} is neither of the two known generations; is this Infisical?`,
  );
}
