interface TransportEntry {
  /** Other names that contracts use for the transport. */
  aliases: readonly string[];
  /** Name of the transport's folder under /shared and /services/<service>. */
  folder: string;
  /** What a node of this transport reads, in the order in which it is reported. */
  keys: readonly string[];
}

/** The transports: canonical name → aliases, folder and keys. The one place that defines them. */
export const transportConfigMap = {
  http: { aliases: [], folder: 'http', keys: ['HTTP_BASE_URL', 'HTTP_TIMEOUT_MS', 'HTTP_MAX_RETRIES'] },
  database: {
    aliases: ['db', 'postgres', 'postgresql'],
    folder: 'database',
    keys: [
      'POSTGRES_HOST',
      'POSTGRES_PORT',
      'POSTGRES_USER',
      'POSTGRES_POOL_MIN_SIZE',
      'POSTGRES_POOL_MAX_SIZE',
      'POSTGRES_TIMEOUT_MS',
      'QUERY_TIMEOUT_SECONDS',
    ],
  },
  kafka: {
    aliases: ['redpanda'],
    folder: 'kafka',
    keys: ['KAFKA_GROUP_ID', 'KAFKA_ACKS', 'KAFKA_REQUEST_TIMEOUT_MS'],
  },
  infisical: {
    aliases: ['secret', 'secrets'],
    folder: 'infisical',
    keys: ['INFISICAL_ADDR', 'INFISICAL_CLIENT_ID', 'INFISICAL_CLIENT_SECRET', 'INFISICAL_PROJECT_ID'],
  },
  valkey: {
    aliases: ['redis'],
    folder: 'valkey',
    keys: ['VALKEY_HOST', 'VALKEY_PORT', 'VALKEY_PASSWORD', 'VALKEY_DB'],
  },
  grpc: { aliases: [], folder: 'grpc', keys: ['GRPC_HOST', 'GRPC_PORT', 'GRPC_TLS_ENABLED'] },
  runtime: {
    aliases: [
      'architecture_validation',
      'auth_gate',
      'ledger_projection',
      'build_loop_projection',
      'validation_ledger_projection',
      'rrh_validate',
      'runtime_target',
      'toolchain',
    ],
    folder: 'runtime',
    keys: [],
  },
  mcp: { aliases: [], folder: 'mcp', keys: ['MCP_SERVER_HOST', 'MCP_SERVER_PORT'] },
  filesystem: { aliases: ['repo_state', 'rrh_storage'], folder: 'filesystem', keys: ['FS_BASE_PATH'] },
  inmemory: { aliases: ['mock'], folder: 'inmemory', keys: [] },
  qdrant: {
    aliases: [],
    folder: 'qdrant',
    keys: ['QDRANT_HOST', 'QDRANT_PORT', 'QDRANT_API_KEY', 'QDRANT_URL'],
  },
  graph: {
    aliases: ['memgraph', 'intent'],
    folder: 'graph',
    keys: ['GRAPH_HOST', 'GRAPH_PORT', 'GRAPH_PROTOCOL'],
  },
  llm: {
    aliases: [],
    folder: 'llm',
    keys: [
      'REMOTE_SERVER_IP',
      'LLM_CODER_URL',
      'LLM_CODER_FAST_URL',
      'LLM_EMBEDDING_URL',
      'LLM_DEEPSEEK_R1_URL',
      'LLM_GLM_URL',
      'LLM_GLM_MODEL_NAME',
      'LLM_GLM_API_KEY',
      'ONEX_TREE_SERVICE_URL',
      'METADATA_STAMPING_SERVICE_URL',
    ],
  },
  bridge: { aliases: [], folder: 'bridge', keys: [] },
} as const satisfies Record<string, TransportEntry>;

/** A transport's canonical name: "http", "database", "kafka", … */
export type TransportName = keyof typeof transportConfigMap;

/** All of them. */
export const TRANSPORTS = Object.keys(transportConfigMap) as TransportName[];

const byName = new Map<string, TransportName>([
  ...TRANSPORTS.flatMap((name) => transportConfigMap[name].aliases.map((alias) => [alias, name] as const)),
  ...TRANSPORTS.map((name) => [name, name] as const),
]);

/** The transport that a contract means by `raw` (canonical name or alias, any case, edge spaces allowed). */
export function resolveTransport(raw: string): TransportName | undefined {
  return byName.get(raw.trim().toLowerCase());
}
