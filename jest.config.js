const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** What takes minutes, or kills and spoils things at random: `npm run test:all`. */
const LONG = [
  /^attacks\/words-canary/,
  /^bench/, // each once, as small as it goes
  /^docs\/(readme|temporal|operate)/, // the pages' own commands, on a machine of their own
  /^integration\/(?!(declared|doctor|reads|two-installations|up|watch)\.)/, // whole runs: the rest of them
  /^stack\/engine\/watch/, // waits for what fails to fail
  /^infisical\/identity\/(administrator|provision|rotate-)/, // every moment at which a set-up may be torn
  /^workflows\/(cut-off|upgrade)/,
  /^dev-infisical\/conformance/,
  /^verification\/.*selection/,
];

/** Who imports one of these starts a server, an engine or the built product: no unit test. */
const WORLDS =
  /from '.*\/(temporal|dev-server|canary-scenario|installation|proxied-installation|dev-infisical|instances|local-services|reading-world|real-engine|record-histories|workflow-versions|external-suite)'/;

/** Starts nothing that stays, but processes, a bundler or a derivation of keys: seconds each, and no unit test. */
const HEAVY =
  /^(client\/exec|scripts\/audit|environment\/backup\/archive|worker\/sealing\/secrets-plugin|attacks\/(quoted-files|words))/;

const tests = join(__dirname, 'test');
const files = readdirSync(tests, { recursive: true }).filter((name) => name.endsWith('.test.ts'));
const laneOf = (file) => {
  if (LONG.some((pattern) => pattern.test(file))) return 'long';
  return HEAVY.test(file) || WORLDS.test(readFileSync(join(tests, file), 'utf8')) ? 'integration' : 'unit';
};

const project = (lane) => ({
  displayName: lane,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: files.filter((file) => laneOf(file) === lane).map((file) => `<rootDir>/test/${file}`),
  // one Postgres, Redis and Temporal server for all tests of all workers
  ...(lane === 'unit'
    ? {}
    : {
        globalSetup: '<rootDir>/test/support/global-setup.ts',
        globalTeardown: '<rootDir>/test/support/global-teardown.ts',
      }),
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  // ESM only, which jest's own loader of CommonJS does not take
  transformIgnorePatterns: ['/node_modules/(?!(age-encryption|@noble|@scure)/)'],
  // loaded on demand, by the name that it has when built
  moduleNameMapper: {
    '^(\\.{1,2}/(?:.*/)?sdk)\\.js$': '$1',
  },
});

/** @type {import('jest').Config} */
module.exports = {
  testTimeout: 60_000, // for a machine with a load of twenty
  maxWorkers: 3, // two cores: while the tests of one wait for a server or a timer, others run
  testSequencer: '<rootDir>/test/support/slowest-first.js',
  projects: ['unit', 'integration', 'long'].map(project),
};
