import { join } from 'node:path';
import { buildPlan } from '../../contracts/plan/build-plan';
import { seedTargets } from '../../contracts/plan/seed-targets';
import { defaultRegistry } from '../../contracts/registry';
import { mergeNodes } from '../../contracts/requirements';
import { folderNames } from '../../contracts/folders';
import { ContractReader } from '../../environment/contract-reader';
import { readGivenValues } from '../../environment/declared-contracts';

const example = join(__dirname, '..', '..', 'examples', 'onex');

describe('the example', () => {
  it('has a dozen contracts without a problem and a value for every key that they need', async () => {
    const files = await new ContractReader().read([join(example, 'contracts')]);
    expect(files).toHaveLength(12);
    expect(files.flatMap(({ problems }) => problems)).toEqual([]);
    const values = await readGivenValues({
      values: [
        { path: join(example, 'values.env') },
        { path: join(example, 'billing.env'), service: 'billing' },
      ],
    });
    expect(values.warnings).toEqual([]);
    const targets = seedTargets({
      nodes: mergeNodes(files, 'onex').nodes,
      registry: defaultRegistry,
      folders: folderNames(),
      values: values.shared,
      serviceValues: values.services,
      stackValues: [],
    });
    const { rows } = buildPlan(targets, [], { overwrite: false });
    const odd = rows.filter(
      ({ action, required }) => action !== 'CREATE' && (action !== 'MISSING' || required),
    );
    expect(odd).toEqual([]);
  });
});
