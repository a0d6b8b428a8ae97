import type { InfisicalHttp } from './http';
import { readInitialized } from './read-status';

/** What a server can do, found by harmless unauthenticated requests: no version number, no flag. */
export interface Capabilities {
  secrets: 'v4' | 'v3';
  folders: 'v2' | 'v1';
  projects: 'projects' | 'workspace';
  admin: 'bootstrap' | 'signup';
  initialized: boolean;
}

export const secretsGeneration = async (http: InfisicalHttp) =>
  (await http.has('GET', '/api/v4/secrets')) ? 'v4' : 'v3';

export const foldersGeneration = async (http: InfisicalHttp) =>
  (await http.has('GET', '/api/v2/folders')) ? 'v2' : 'v1';

export const projectsGeneration = async (http: InfisicalHttp) =>
  (await http.has('GET', '/api/v1/projects')) ? 'projects' : 'workspace';

// an empty body fails validation before the handler runs, whether the instance is set up or not
export const adminGeneration = async (http: InfisicalHttp) =>
  (await http.has('POST', '/api/v1/admin/bootstrap')) ? 'bootstrap' : 'signup';

/** All of it at once: five requests, fewer where this client has asked before. */
export async function detectCapabilities(http: InfisicalHttp): Promise<Capabilities> {
  const [initialized, secrets, folders, projects, admin] = await Promise.all([
    readInitialized(http),
    secretsGeneration(http),
    foldersGeneration(http),
    projectsGeneration(http),
    adminGeneration(http),
  ]);
  return { secrets, folders, projects, admin, initialized };
}
