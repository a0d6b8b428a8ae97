// Its CommonJS form: of the other one, nothing could be left unloaded (client/compile-cache).
export { InfisicalSDK } from '@infisical/sdk';
