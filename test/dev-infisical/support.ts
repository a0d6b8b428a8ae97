/** One request as JSON; the body of the answer is whatever came. */
export async function send(
  url: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const parsed = JSON.parse(await answer.text());
  return { status: answer.status, headers: answer.headers, body: parsed };
}

export const account = { email: 'admin@example.com', password: 'a password of a test', organization: 'Test' };

/** A bootstrapped server of the current generation: the token of its instance identity and a project. */
export async function bootstrapped(url: string): Promise<{ token: string; projectId: string }> {
  const { body } = await send(url, 'POST', '/api/v1/admin/bootstrap', { body: account });
  const token: string = body.identity.credentials.token;
  const project = { projectName: 'Test', slug: 'test-project' };
  const made = await send(url, 'POST', '/api/v1/projects', { token, body: project });
  return { token, projectId: made.body.project.id };
}
