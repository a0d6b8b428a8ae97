/** The queue for work that any worker may do. */
export const TASK_QUEUE = 'onex-bootstrap';

/** The queue for work on one host: its Docker Engine and its files. `host` is the stable hostname. */
export const hostTaskQueue = (host: string) => `${TASK_QUEUE}/${host}`;

/** One bootstrap per environment: the id is the lock. Phases derive theirs from it. */
export const bootstrapWorkflowId = (environment: string) => `bootstrap/${environment}`;

/** Keyword search attributes of every workflow, registered by `up` where the server allows it. */
export const SEARCH_ATTRIBUTES = ['BootstrapPhase', 'BootstrapEnvironment', 'BootstrapOutcome'] as const;
