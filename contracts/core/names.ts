/** What a name looks like that may stand in paths, ids and addresses. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The queue of runs that were started without a place: any worker looks up where their environment is. */
export const TASK_QUEUE = 'onex-bootstrap';

/** The queue on which an environment is looked up by its name: only workers that have it declared poll it. */
export const lookupQueue = (environment: string) => `${TASK_QUEUE}/${environment}`;

/** The queue for all work on one environment of one installation (host and state directory). */
export const environmentQueue = (environment: string, installation: string) =>
  `${lookupQueue(environment)}@${installation}`;

/** The installation that a queue of an environment is of; undefined for all other queues. */
export const installationIn = (queue: string): string | undefined => queue.split('@')[1];

/** One bootstrap per environment: the id is the lock. */
export const bootstrapWorkflowId = (environment: string) => `bootstrap/${environment}`;

/** One run at a time on each host that joined: the id is its lock. */
export const hostWorkflowId = (environment: string, name: string) => `host/${environment}/${name}`;

/** Keyword search attributes of every run, registered by `up` where the server allows it. */
export const SEARCH_ATTRIBUTES = ['BootstrapPhase', 'BootstrapEnvironment', 'BootstrapOutcome'] as const;

/** How many drifts the newest watches saw, and when all was as declared. */
export const DRIFT_ATTRIBUTES = { count: 'BootstrapDrift', inStepAt: 'BootstrapInStep' } as const;

/** All of our search attributes and their types, as Temporal's CLI names them. */
export const ATTRIBUTE_TYPES = [
  ...SEARCH_ATTRIBUTES.map((name) => `${name}=Keyword`),
  `${DRIFT_ATTRIBUTES.count}=Int`,
  `${DRIFT_ATTRIBUTES.inStepAt}=Datetime`,
];

/** What an environment's schedule of that name starts; its runs have a time behind it. */
export const watchWorkflowId = (environment: string) => `watch/${environment}`;

/** Memo fields of every run; docs/temporal.md says what each holds. */
export const MEMO = {
  startedBy: 'startedBy',
  installation: 'installation',
  phases: 'phases',
  waitingFor: 'waitingFor',
  missing: 'missing',
  next: 'next',
  approval: 'approval',
  drifts: 'drifts',
  inStepAt: 'inStepAt',
} as const;
