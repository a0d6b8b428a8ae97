import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseOverlay } from '../../../contracts/overlay';
import { buildPlan } from '../../../contracts/plan/build-plan';
import { planCounts } from '../../../contracts/plan/plan-row';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { parseRegistry } from '../../../contracts/registry';
import { mergeNodes } from '../../../contracts/requirements';
import { resolveNodes } from '../../../contracts/resolve/resolve-nodes';
import { parseEnvValues } from '../../../contracts/values';
import { secrets, seedInput } from '../plan/fixture';
import { ContractReader } from '../../../environment/contract-reader';

const corpus = path.resolve(__dirname, '../../../../shared/corpus');
const present = existsSync(corpus);
if (!present) process.stderr.write(`goldens/corpus: skipped, ${corpus} is absent\n`);
const withCorpus = present ? describe : describe.skip;
const text = (file: string) => readFileSync(path.join(corpus, file), 'utf8');
const classes = ['mac-dev', 'linux-server', 'cloud-k8s'];

withCorpus('the real contracts, registry, overlays and env files', () => {
  const registry = () => parseRegistry('registry', text('config/shared_key_registry.yaml')).registry!;
  const overlay = (name: string) => parseOverlay(name, text(`config/overlays/${name}.yaml`), name);
  const nodes = async () => mergeNodes(await new ContractReader().read([corpus]), 'onex').nodes;

  it('parse without a problem', () => {
    expect(parseRegistry('registry', text('config/shared_key_registry.yaml')).problems).toEqual([]);
    expect([...registry().shared.keys()].sort()).toEqual([
      'auth',
      'database',
      'env',
      'kafka',
      'llm',
      'qdrant',
      'valkey',
      'vault',
    ]);
    expect(registry().bootstrapOnly.size).toBe(8);
    for (const name of classes) {
      const { overlay: parsed, problems } = overlay(name);
      expect([name, parsed?.overrides.size, problems]).toEqual([name, 11, []]);
    }
    const { values, problems } = parseEnvValues(readFileSync(path.join(corpus, 'docs/env-example-full.txt')));
    expect([values.size, problems]).toEqual([46, []]);
    expect(values.get('KEYCLOAK_ADMIN_CLIENT_SECRET')?.isBlank).toBe(true);
  });

  it('plan to MISSING for every key without values, and to CREATE for every key with them', async () => {
    const input = { nodes: await nodes(), registry: registry() };
    const without = buildPlan(seedTargets(seedInput(input)), [], { overwrite: false });
    const keys = [...new Set(without.rows.map(({ key }) => key))];
    expect(planCounts(without.rows)).toMatchObject({ MISSING: without.rows.length, CREATE: 0 });
    expect(without.rows.every(({ owners }) => owners.length > 0)).toBe(true);

    const values = secrets(Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
    const targets = seedTargets(seedInput({ ...input, values, overlay: overlay('mac-dev').overlay! }));
    const { rows, warnings } = buildPlan(targets, [], { overwrite: false });
    expect(planCounts(rows)).toMatchObject({ MISSING: 0, REFUSED: 0, UNCLAIMED: 0 });
    expect(rows.filter(({ folder }) => folder === '/machine-class/mac-dev')).toHaveLength(10);
    expect(warnings).toEqual([
      expect.stringContaining('KAFKA_BOOTSTRAP_SERVERS is bootstrap_only'),
      expect.stringContaining('KAFKA_GROUP_ID has no value (service_override_required)'),
    ]);
  });

  it('resolve every node once all keys are in the environment', async () => {
    const all = await nodes();
    const environment = secrets(
      Object.fromEntries(all.flatMap(({ requirements }) => requirements.map(({ key }) => [key, 'x']))),
    );
    const { folders } = seedInput({});
    const configs = resolveNodes({
      nodes: all,
      registry: registry(),
      folders,
      environment,
      lane: 'uncontrolled',
    });
    expect(configs.flatMap(({ missingRequired }) => missingRequired)).toEqual([]);
  });
});
