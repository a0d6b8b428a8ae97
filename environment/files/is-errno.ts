/** Whether `error` is the operating system's error with one of these codes (of any realm, as jest makes them). */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
