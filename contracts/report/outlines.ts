/** What a workflow needs to know of a stack to order it. */
export interface StackOutline {
  project: string;
  services: ServiceOutline[];
}

export interface ServiceOutline {
  name: string;
  /** Empty for infrastructure; `runtime` starts after the configuration of its nodes is there. */
  profiles: string[];
  dependsOn: string[];
  /** What ready means, in words: `a login on 127.0.0.1:5436`. */
  readyWhen: string;
  /** Nodes that the service runs; undefined for infrastructure. */
  nodes: string[] | '*' | undefined;
}

/** What the contracts declare, in counts and names. */
export interface RequirementsOutline {
  files: number;
  nodes: number;
  keys: number;
  problems: string[];
}

/** Where the Infisical of this environment is and what is known of its identities. */
export interface IdentityFacts {
  address: string;
  generation: string;
  projectId: string;
}
