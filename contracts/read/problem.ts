/** Something in a file that could not be used. `line` counts from 1. */
export interface Problem {
  message: string;
  line?: number;
}
