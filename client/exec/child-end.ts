/**
 * How a child ended. A real-time signal (34 to 64) is the one end that Node cannot tell: it says that the child exited
 * with 0.
 */
export type ChildEnd =
  { kind: 'exited'; code: number } | { kind: 'signalled'; signal: NodeJS.Signals } | NotStarted;

/** As a shell and `env` have it: 127 not found, 126 found but not to be run, 125 not tried, 130 interrupted before. The message holds no value. */
export interface NotStarted {
  kind: 'not started';
  code: 125 | 126 | 127 | 130;
  message: string;
}
