import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ContractFile, isContractName } from '../../../contracts/node-contract/contract';
import { describeRequirements } from '../../../contracts/requirements';
import { ContractReader } from '../../../environment/contract-reader';

// Deliberate differences from the replaced extractor:
// 1. its transport `db` is `database` here;
// 2. a directory scan also matches handler_contract.yaml (5 files of the corpus);
// 3. transports of the whole set name `runtime` where environment dependencies are, as it did.
const shared = path.resolve(__dirname, '../../../../shared');
const corpus = path.join(shared, 'corpus');
const present = existsSync(path.join(shared, 'goldens', 'extract.json'));
if (!present) process.stderr.write(`goldens/extract: skipped, ${shared} is absent\n`);
const withCorpus = present ? describe : describe.skip;

interface Golden {
  transport_types: string[];
  requirements: { key: string; transport_type: string; source_field: string; required: boolean }[];
  errors: string[];
  matched_by_directory_scan: boolean;
}
const renamed = (transport: string) => (transport === 'db' ? 'database' : transport);
const below = (file: ContractFile): ContractFile =>
  JSON.parse(JSON.stringify(file).replaceAll(`${corpus}/`, '')) as ContractFile;

withCorpus('the goldens of the replaced extractor', () => {
  const golden = present
    ? (JSON.parse(readFileSync(path.join(shared, 'goldens', 'extract.json'), 'utf8')) as {
        files: Record<string, Golden>;
        aggregate: { transport_types: string[]; requirements: { key: string }[]; errors: string[] };
      })
    : { files: {}, aggregate: { transport_types: [], requirements: [], errors: [] } };

  it('are equal file by file, for all files of the corpus', async () => {
    const names = Object.keys(golden.files);
    const files = (await new ContractReader().read(names.map((name) => path.join(corpus, name)))).map(below);
    expect(files).toHaveLength(127);
    for (const file of files) {
      const expected = golden.files[file.path]!;
      expect({ path: file.path, ...asGolden(file) }).toEqual({
        path: file.path,
        transports: expected.transport_types.map(renamed),
        requirements: expected.requirements.map(({ key, transport_type, source_field, required }) => ({
          key,
          transport: renamed(transport_type),
          field: source_field,
          required,
        })),
        problems: expected.errors,
      });
    }
  });

  it('are equal for a scan of the whole corpus, once handler_contract.yaml is left out', async () => {
    const scanned = (await new ContractReader().read([corpus])).map(below);
    const extra = scanned.filter(({ path: file }) => !golden.files[file]!.matched_by_directory_scan);
    expect(scanned).toHaveLength(123);
    expect(extra.map(({ path: file }) => path.basename(file))).toEqual(
      Array(5).fill('handler_contract.yaml'),
    );

    const replaced = scanned.filter((file) => !extra.includes(file));
    const { keys, transports } = describeRequirements(replaced);
    expect(replaced.flatMap((file) => file.requirements.map(({ key }) => key))).toEqual(
      golden.aggregate.requirements.map(({ key }) => key),
    );
    expect(keys).toHaveLength(26);
    expect(transports).toEqual(golden.aggregate.transport_types.map(renamed));
    expect(replaced.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual(
      golden.aggregate.errors,
    );
  });

  it('say of each file whether a scan finds it, apart from handler_contract.yaml', () => {
    for (const [name, { matched_by_directory_scan }] of Object.entries(golden.files)) {
      const basename = path.basename(name);
      expect(isContractName(basename)).toBe(
        matched_by_directory_scan || basename === 'handler_contract.yaml',
      );
    }
  });
});

function asGolden({ transports, requirements, problems }: ContractFile) {
  return {
    transports,
    requirements: requirements.map(({ key, transport, field, required }) => ({
      key,
      transport,
      field,
      required,
    })),
    problems: problems.map(({ message }) => message),
  };
}
