/** One thing in a Compose file that cannot be used: where (keys and indexes) and why. */
export interface StackProblem {
  path: (string | number)[];
  reason: string;
}
