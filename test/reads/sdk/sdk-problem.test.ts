import { sdkProblem } from '../../../reads/sdk/sdk-problem';

const call = { method: 'GET', route: '/api/v3/secrets/raw/:name' } as const;
const text = (status: number, words: string) =>
  new Error(
    `[URL=https://x.example/api/v3/secrets/raw/API_KEY?workspaceId=p] [Method=GET] [StatusCode=${status}] ${words}`,
  );

describe('sdkProblem', () => {
  it.each([
    [404, 'Secret not found', true, 'notFound'],
    [404, 'Route GET:/api/v3/secrets/raw/x not found', true, 'routeMissing'],
    [403, 'You are not allowed to read on secrets', true, 'forbidden'],
    [401, 'Invalid credentials', false, 'unauthorised'],
    [401, 'No identity access token found', true, 'tokenExpired'],
    [401, 'This identity auth method is temporarily locked, please try again later', false, 'lockedOut'],
    [429, 'Rate limit exceeded. Please try again in 7 seconds', true, 'rateLimited'],
    [500, 'Something went wrong', true, 'unavailable'],
    [400, 'Missing environment', true, 'invalid'],
  ] as const)('reads %i "%s"', (status, words, authenticated, kind) =>
    expect(sdkProblem(call, text(status, words), authenticated)).toMatchObject({ kind, status }),
  );

  it('takes the waiting time from the words, where there is no header', () =>
    expect(sdkProblem(call, text(429, 'Please try again in 7 seconds'), true).problem).toEqual({
      kind: 'rateLimited',
      retryAfterSeconds: 7,
    }));

  it.each([401, 422])('knows a validation error by the text that the SDK leaves: %i', (status) =>
    expect(sdkProblem(call, new Error(`Request failed with status ${status}`), true).kind).toBe('invalid'),
  );

  it('takes everything else for the network', () =>
    expect(sdkProblem(call, new TypeError('fetch failed'), true).problem).toEqual({
      kind: 'unavailable',
      reason: 'network',
    }));

  it('drops the URL, which holds names and ids', () =>
    expect(sdkProblem(call, text(404, 'Secret not found'), true).message).not.toMatch(/API_KEY|workspaceId/));
});
