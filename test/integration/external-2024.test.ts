import { externalInfisical } from './external-suite';

describe('an Infisical that something else runs (2024)', () => externalInfisical('2024'));
