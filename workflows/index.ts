export { backup } from './backup';
export { bootstrap } from './bootstrap';
export { prefetchNodes } from './prefetch-nodes';
export { provisionIdentity } from './provision-identity';
export { seedSecrets } from './seed-secrets';
export { rotate } from './rotate';
export { heal } from './heal';
export { watch } from './watch';
