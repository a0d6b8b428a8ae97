/** What a copy belongs to. A copy of one place is never opened for another. */
export interface Place {
  /** The address of the Infisical, without a trailing slash. */
  host: string;
  projectId: string;
  environment: string;
  /** A folder, as `/shared/kafka`. */
  path: string;
  /** The client id of the machine identity that read it. */
  identity: string;
}

/** A place as messages name it; no key names, no identity. */
export function describePlace({ host, environment, path }: Place): string {
  return `${environment}:${path} of ${host}`;
}
