import { externalInfisical } from './external-suite';

describe('an Infisical that something else runs (current)', () => externalInfisical('current'));
