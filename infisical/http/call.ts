/** A request as the client takes it. `route` is a template: `/api/v1/projects/:projectId`. */
export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  route: string;
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** Milliseconds, from `Deadline`. */
  deadline?: number;
}

/** The address of a call: the base keeps its sub-path, parameters are percent-encoded. */
export function urlOf(base: string, { route, params = {}, query = {} }: Call): string {
  const path = route.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`${route} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams(query).toString();
  return `${base}${path}${search === '' ? '' : `?${search}`}`;
}
