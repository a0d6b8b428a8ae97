/** Milliseconds that one call may take, body included. Slower than the slowest answer measured, with room to spare. */
export const Deadline = {
  /** /api/status and friends answer from a cache: slower means not ready. */
  probe: 3_000,
  /** Single reads and writes take under 0.1 s, a login with bcrypt 0.11 s, making a project 0.6 s. */
  call: 15_000,
  /** Listing or writing many secrets: 8,000 in one call took 3 s on two shared cores. */
  batch: 60_000,
  /** The first sign-up derives keys with argon2 over 64 MiB, after migrations on a cold disk. */
  bootstrap: 60_000,
} as const;
