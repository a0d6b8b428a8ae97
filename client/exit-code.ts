import { FailureType } from '../contracts/core/failures';

/** Exit codes of `onex-bootstrap`; documented in docs/exit-codes.md. */
export const ExitCode = {
  ok: 0,
  stepFailed: 1,
  badInput: 2,
  /** `plan --detailed-exitcode` found something to do; there bad input is a failed step. */
  changesPending: 2,
  missingPrerequisite: 3,
  partial: 4,
  cancelled: 5,
  /** `exec` itself failed; 126 and 127 are its command's, as a shell has them. */
  execFailed: 125,
  cannotExecute: 126,
  commandNotFound: 127,
  detached: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code that a failure's type stands for; every other type is a step that failed. */
export function exitCodeOf(type: string | null | undefined): ExitCode {
  if (type === FailureType.badInput) return ExitCode.badInput;
  if (type === FailureType.partial) return ExitCode.partial;
  if (type === FailureType.missingPrerequisite) return ExitCode.missingPrerequisite;
  if (type === FailureType.notReady) return ExitCode.missingPrerequisite; // waited for in vain
  return ExitCode.stepFailed;
}
