const NOT_YET = /ECONNREFUSED|ECONNRESET|EPIPE|closed|terminated|hang up|timeout/i;

/** Why a connection failed, in stable words: before a service listens, the engine's proxy cuts off in many ways. */
export const connectionReason = (message: string) => (NOT_YET.test(message) ? 'no answer yet' : message);
