import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { Installation } from '../support/installation';
import { readHistories } from '../support/readable';
import { Echo } from './echo';
import { formsIn } from './twelve-forms';

const MINUTES = 600_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');
const given = {
  admin: 'gIven-Adm1n/pass+w0rd',
  seeded: 'gIven-S33ded/val+ue_9',
  variable: 'gIven-Vari4ble/val+ue',
  crash: 'gIven-Cr4sh/tok+en_77',
  postgres: 'gIven-P0stgres/pass+7',
};
const ROOT = 'docker-compose.yml';

/** Everything but the files in which values are kept: what a run shows, stores and reports. */
async function places(installation: Installation): Promise<Record<string, string>> {
  const KEPT =
    /(^|\/)(secrets|copies|cache|tools|copy)\/|(admin|identity|bootstrap-token)[^/]*\.json$|runtime\.env$|values\.env$|crash\.mjs$|\/nodes|key/;
  const files = readdirSync(installation.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !KEPT.test(path.slice(installation.stateDir.length)));
  return {
    histories: await installation.withClient(readHistories),
    ...Object.fromEntries(files.map((path) => [path, readFileSync(path, 'latin1')])),
  };
}

/** Where each value stands in any form, as `value: form in place`. */
function hitsIn(texts: Record<string, string>, values: Record<string, string>): string[] {
  return Object.entries(texts).flatMap(([place, text]) =>
    Object.entries(values).flatMap(([name, value]) =>
      formsIn(text, value).map((form) => `${name}: ${form} in ${place}`),
    ),
  );
}

describe('a bootstrap by an Infisical that repeats every secret in its errors', () => {
  let infisical: DevInfisical;
  let installation: Installation;
  let echo: Echo;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    echo = await Echo.start(infisical.url, [500, 403, 400, 429, 401, 502, 409, 422, 404]);
    installation = await Installation.create({
      INFISICAL_ADMIN_EMAIL: 'admin@onex.local',
      INFISICAL_ADMIN_PASSWORD: given.admin,
      CHAT_CHANNEL_ID: given.variable,
    });
    const values = readFileSync(join(example, 'values.env'), 'utf8');
    writeFileSync(
      join(installation.stateDir, 'values.env'),
      values.replace(/^(QDRANT_API_KEY|CHAT_BOT_TOKEN)=.*$/gm, `$1=${given.seeded}`),
    );
  }, MINUTES);
  afterAll(async () => {
    await installation.run('down');
    await installation.remove();
    echo.server.close();
    await infisical.stop();
  }, MINUTES);

  it(
    'shows none of them in a history, on the console, in a log, a report or a file',
    async () => {
      const console: Record<string, string> = {};
      const args = [
        ...['up', join(example, 'contracts'), '--values', join(installation.stateDir, 'values.env')],
        ...['--values', `billing=${join(example, 'billing.env')}`, '--infisical', echo.url],
      ];
      let code: number | null = 1;
      for (let turn = 1; code !== 0 && turn <= 40; turn++) {
        const ended = await installation.run(...args);
        console[`console of up ${turn}`] = ended.stdout + ended.stderr;
        code = ended.code;
      }
      for (const command of [['status'], ['report', '--json'], ['plan'], ['secrets', 'list']]) {
        const ended = await installation.run(...command);
        console[`console of ${command.join(' ')}`] = ended.stdout + ended.stderr;
      }
      expect({ code, told: echo.told }).toEqual({ code: 0, told: expect.anything() });
      const values = Object.fromEntries(
        [...echo.heard, given.admin, given.seeded, given.variable].map((value, index) => [
          `secret ${index}`,
          value,
        ]),
      );
      const texts = { ...console, ...(await places(installation)) };
      process.stderr.write(
        `words: ${echo.told.length} answers repeated secrets, ${Object.keys(values).length} secrets in 13 forms, ${Object.keys(console).length} commands, ${Object.keys(texts).length} places of ${Math.round(Object.values(texts).join('').length / 1024)} KiB\n`,
      );
      expect(echo.told.length).toBeGreaterThan(8);
      const written = Object.entries(texts).filter(([place]) => !place.includes('/trouble/'));
      expect(hitsIn(Object.fromEntries(written), values)).toEqual([]);
      // in the file that only its owner reads, what was given is hidden too
      expect(hitsIn(texts, { admin: given.admin })).toEqual([]);
      // The search works: what stands beside them is found, and the operator is told where the words are.
      expect(texts['histories']).toContain('CHAT_BOT_TOKEN');
      expect(Object.values(console).join('')).toContain('What Infisical said is in ');
      expect(Object.keys(texts).some((path) => path.endsWith('/trouble/infisical.txt'))).toBe(true);
    },
    MINUTES,
  );
});

describe('services that print what they are given, and end', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.create({
      CRASH_TOKEN: given.crash,
      POSTGRES_PASSWORD: given.postgres,
      CHAT_CHANNEL_ID: given.variable,
    });
  });
  afterAll(() => installation.remove(), MINUTES);

  const crash = `
import { readdirSync, readFileSync } from 'node:fs';
const said = [...Object.values(process.env)];
try {
  for (const name of readdirSync('/run/onex/nodes')) {
    const text = readFileSync('/run/onex/nodes/' + name, 'utf8');
    said.push(text);
    if (name.endsWith('.json')) said.push(...Object.values(JSON.parse(text).values));
  }
} catch {}
for (const value of said) {
  const bytes = Buffer.from(value);
  console.error(value, value.toUpperCase(), bytes.toString('hex'), bytes.toString('base64'), encodeURIComponent(value));
  console.log(JSON.stringify(value), [...value].join(' '), [...value].reverse().join(''), Buffer.from('::' + value).toString('base64'));
}
process.exit(3);
`;

  it(
    'get nothing into a history, onto the console or into a report',
    async () => {
      const { stateDir } = installation;
      writeFileSync(join(stateDir, 'crash.mjs'), crash);
      const values = readFileSync(join(example, 'values.env'), 'utf8');
      writeFileSync(
        join(stateDir, 'values.env'),
        values.replace(/^(QDRANT_API_KEY|CHAT_BOT_TOKEN)=.*$/gm, `$1=${given.seeded}`),
      );
      const root = readFileSync(join(__dirname, '..', '..', ROOT), 'utf8');
      const printing = `volumes: ['./crash.mjs:/app/crash.mjs:ro']\n    command: [node, /app/crash.mjs]`;
      const infrastructure = `  crasher:\n    image: node:20-alpine\n    ${printing}\n    environment: { API_TOKEN: '\${CRASH_TOKEN}' }\n    restart: always\n`;
      const runtime = root
        .replace('./examples/onex/greeter/server.mjs:/app/server.mjs:ro', './crash.mjs:/app/crash.mjs:ro')
        .replace('command: [node, /app/server.mjs]', 'command: [node, /app/crash.mjs]');
      const stack = join(stateDir, 'stack.yml');
      const console: Record<string, string> = {};
      for (const [name, text] of Object.entries({
        'a service of the stack': root.replace('services:\n', `services:\n${infrastructure}`),
        'a runtime service': runtime,
      })) {
        writeFileSync(stack, text);
        const ended = await installation.run(
          ...['up', join(example, 'contracts'), '--stack', stack],
          ...[
            '--values',
            join(stateDir, 'values.env'),
            '--values',
            `billing=${join(example, 'billing.env')}`,
          ],
        );
        console[`console of ${name}`] = ended.stdout + ended.stderr;
        expect(ended.stderr).toMatch(/(crasher|greeter) ended with code 3/);
        expect(ended.stderr).toMatch(/What (crasher|greeter) said is in .*\/trouble\/(crasher|greeter)\.txt/);
      }
      const texts = { ...console, ...(await places(installation)) };
      process.stderr.write(`words: 2 services printed what they hold, ${Object.keys(texts).length} places\n`);
      const { admin: _notGiven, ...sought } = given;
      const written = Object.entries(texts).filter(([place]) => !place.includes('/trouble/'));
      expect(hitsIn(Object.fromEntries(written), sought)).toEqual([]);
      // a file that only its owner reads: values by a name that calls them secret are hidden there, too
      const { variable: _plain, ...secrets } = sought;
      expect(hitsIn(texts, secrets)).toEqual([]);
      expect(texts['histories']).toContain('ended with code 3');
    },
    MINUTES,
  );
});
