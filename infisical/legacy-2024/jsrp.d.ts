declare module 'jsrp' {
  interface Verifier {
    salt: string;
    verifier: string;
  }

  /** All keys and proofs are hex text. */
  export class client {
    init(options: { username: string; password: string }, done: () => void): void;
    createVerifier(done: (error: Error | null, result: Verifier) => void): void;
    getPublicKey(): string;
    setSalt(salt: string): void;
    setServerPublicKey(key: string): void;
    getProof(): string;
  }

  export class server {
    init(options: Verifier & { b?: string }, done: () => void): void;
    getPublicKey(): string;
    getPrivateKey(): string;
    setClientPublicKey(key: string): void;
    checkClientProof(proof: string): boolean;
  }
}
