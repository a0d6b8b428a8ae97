/** The project and the environment that folders and secrets belong to. */
export interface Scope {
  projectId: string;
  environment: string;
}
