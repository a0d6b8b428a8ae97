import { isEarlier } from '../../../environment/upgrade/plan-upgrade';

it.each([
  ['infisical/infisical:v0.159.0', 'infisical/infisical:v0.165.16', true],
  ['infisical/infisical:v0.165.16', 'infisical/infisical:v0.165.9', false],
  ['valkey/valkey:7.2-alpine', 'valkey/valkey:8.0-alpine', true],
  ['valkey/valkey:8', 'valkey/valkey:8.0', false],
  ['valkey/valkey:7@sha256:abc', 'valkey/valkey:8', true],
  ['mirror:5000/infisical:v1', 'mirror:5000/infisical:v2', true],
  ['mirror:5000/infisical', 'mirror:5000/infisical:v2', false],
  ['redis:7', 'valkey/valkey:8', false],
  ['infisical/infisical:latest', 'infisical/infisical:v2', false],
])('%s is earlier than %s: %s', (image, than, expected) => {
  expect(isEarlier(image, than)).toBe(expected);
});
