/** A folder of one environment of a project. */
export interface SecretPlace {
  projectId: string;
  environment: string;
  /** With a leading slash and without a trailing one; `/` is the root. */
  path: string;
}

/** A folder as the servers want it: `shared/kafka/` is `/shared/kafka`. */
export function folderPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

/** The folder and the key that a name means: `/folder/KEY` names its own, `KEY` lies in `path`. */
export function locate(name: string, path: string): { path: string; key: string } {
  const cut = name.lastIndexOf('/');
  return cut < 0
    ? { path: folderPath(path), key: name }
    : { path: folderPath(name.slice(0, cut)), key: name.slice(cut + 1) };
}
