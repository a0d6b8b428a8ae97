import { createHmac } from 'node:crypto';
import { prove } from '../../activities/runtime';
import { named } from '../../contracts/core/named';
import { byName } from '../../contracts/core/record';
import { Secret } from '../../contracts/core/secret';
import { folderNames } from '../../contracts/folders';
import { parseContract } from '../../contracts/node-contract/contract';
import { parseOverlay } from '../../contracts/overlay';
import { buildPlan } from '../../contracts/plan/build-plan';
import { seedTargets } from '../../contracts/plan/seed-targets';
import { parseRegistry } from '../../contracts/registry';
import { mergeNodes } from '../../contracts/requirements';
import { resolveNodes } from '../../contracts/resolve/resolve-nodes';
import { parseEnvValues } from '../../contracts/values';
import { differences } from '../../environment/declare';
import type { Declaration } from '../../environment/declaration';
import { shownNodeFiles, showNodeFiles, writeNodeFiles } from '../../environment/node-files';
import { parseStack } from '../../stack/compose/parse-stack';
import { temporaryFolder } from '../environment/files/temporary-folder';
import { startStub } from '../infisical/stub-server';
import { z } from 'zod';

// Names that every object has. Who uses one wants a program that keeps things by name to find what nobody put there.
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

describe.each(NAMES)('%s is a name like others', (name) => {
  it('of a node, a service and a key, from the contract to the file', async () => {
    const contract = parseContract(
      'c.yaml',
      `node_name: ${name}\nservice: ${name}\ndependencies:\n  - { name: d, type: environment, env_var: ${name} }\n`,
    );
    expect(contract).toMatchObject({ node: name, service: name, problems: [] });
    const registry = parseRegistry('r.yaml', `services:\n  ${name}:\n    env: [${name}]\n`);
    expect(registry.problems).toEqual([]);
    const overlay = parseOverlay('o.yaml', `overrides:\n  ${name}: of the class\n`, 'laptop');
    expect(overlay.problems).toEqual([]);
    const { values, problems } = parseEnvValues(Buffer.from(`${name}=given\n`));
    expect(problems).toEqual([]);
    expect(values.get(name)?.reveal()).toBe('given');

    const input = {
      nodes: mergeNodes([contract]).nodes,
      registry: registry.registry!,
      folders: folderNames(),
      machineClass: 'laptop',
      overlay: overlay.overlay,
      values: new Map(),
      serviceValues: new Map([[name, values]]),
      stackValues: [],
    };
    const targets = seedTargets(input);
    const { rows } = buildPlan(targets, [], { overwrite: false });
    expect(rows.filter(({ key, action }) => key === name && action === 'CREATE').length).toBeGreaterThan(0);
    const observed = targets.targets.flatMap(({ folder, key, value }) =>
      value === undefined ? [] : [{ folder, key, value, version: 1 }],
    );
    const environment = new Map<string, Secret>();
    const [config] = resolveNodes({ ...input, observed, environment, lane: 'controlled' });
    expect(config?.missingRequired).toEqual([]);
    expect(config?.values.get(name)?.reveal()).toBe('given');

    await using folder = await temporaryFolder();
    await writeNodeFiles(folder.path, [{ node: name, service: name, values: config!.values }]);
    await showNodeFiles(folder.path, name, [name]);
    const [file] = await shownNodeFiles(folder.path, name, [name]);
    expect(file).toMatchObject({ node: name, service: name });
    expect(Object.entries(file!.values)).toEqual([[name, 'given']]);
  });

  it('of what a service proves', async () => {
    const files = [{ node: name, service: 's', values: byName([[name, 'given']]) }];
    const digest = createHmac('sha256', 'k').update('given').digest('hex');
    await using stub = await startStub((_, response) =>
      response.end(`{${JSON.stringify(name)}:{${JSON.stringify(name)}:"${digest}"}}`),
    );
    expect(await prove(stub.address, 's', files, new Secret('k'))).toBe('proven');
    await using silent = await startStub((_, response) => response.end('{}'));
    await expect(prove(silent.address, 's', files, new Secret('k'))).rejects.toThrow(`${name}/${name}`);
  });

  it('of a variable that an environment is declared with', () => {
    const kept = named(z.string());
    const declared = (text: string) =>
      ({ variables: kept.parse(JSON.parse(text)) }) as unknown as Declaration;
    const [without, one] = [declared('{}'), declared(`{${JSON.stringify(name)}:"d1"}`)];
    expect(differences(without, one)).toEqual([`variable ${name} given`]);
    expect(differences(one, without)).toEqual([`variable ${name} no longer given`]);
    expect(JSON.parse(JSON.stringify(one.variables))).toEqual(JSON.parse(`{${JSON.stringify(name)}:"d1"}`));
  });

  it('of a service, volume, network and secret of a stack, or is refused by its line', () => {
    const text = `name: n
services:
  ${name}:
    image: x
    depends_on: []
    volumes: ['${name}:/d']
    networks: [${name}]
    secrets: [${name}]
    environment: { ${name}: '\${${name}}' }
volumes: { ${name}: }
networks: { ${name}: }
secrets: { ${name}: { file: ./x } }
`;
    const parse = () => parseStack(text, { lookup: () => 'value' });
    // zod's records and the YAML library would lose that one in silence
    if (name === '__proto__')
      return expect(parse).toThrow('line 3: __proto__ cannot be a name: choose another');
    const { services, volumes, networks, secrets } = parse();
    expect(services[name]?.environment).toEqual({ [name]: 'value' });
    expect([volumes[name]?.name, networks[name]?.name, secrets[name]?.name]).toEqual([name, name, name]);
  });

  it('of what nobody gave: it is missing, and not what every object has', () => {
    const contract = parseContract(
      'c.yaml',
      `node_name: n\ndependencies:\n  - { name: d, type: environment, env_var: ${name} }\n`,
    );
    const [config] = resolveNodes({
      nodes: mergeNodes([contract]).nodes,
      registry: parseRegistry('r.yaml', '').registry!,
      folders: folderNames(),
      observed: [],
      environment: new Map(),
      lane: 'uncontrolled',
    });
    expect(config?.missingRequired).toEqual([name]);
    expect(() => folderNames({ [`x${name}`.slice(1)]: 'f' })).toThrow('there is no such transport');
  });
});

describe('a key that no environment can hold', () => {
  it.each(['SLASH/KEY', 'TWO WORDS', 'A=B', '9A', 'A-B', 'A.B', 'Ä', ' A'])(
    'is a problem of its contract, with its line: %j',
    (key) => {
      const contract = parseContract(
        'c.yaml',
        `node_name: n\ndependencies:\n  - { name: ok, type: environment, env_var: GOOD }\n  - { name: d, type: environment, env_var: ${JSON.stringify(key)} }\n`,
      );
      expect(contract.requirements.map((requirement) => requirement.key)).toEqual(['GOOD']);
      expect(contract.problems).toMatchObject([
        { message: expect.stringContaining('names no variable'), line: 4 },
      ]);
    },
  );
});
