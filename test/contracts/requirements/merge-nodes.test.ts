import { parseContract } from '../../../contracts/read/parse-contract';
import { mergeNodes } from '../../../contracts/requirements/merge-nodes';

const contract = (path: string, required: boolean, service?: string) =>
  parseContract(
    path,
    `name: n\n${service === undefined ? '' : `service: ${service}\n`}dependencies: [{type: environment, env_var: K, required: ${required}}]`,
  );

describe('mergeNodes', () => {
  it('joins the files of one node; a key is required if one of them requires it', () => {
    const { nodes } = mergeNodes([contract('a', false), contract('b', true), parseContract('c', 'name: m')]);
    expect(nodes).toEqual([
      { node: 'n', paths: ['a', 'b'], requirements: [{ key: 'K', transport: 'runtime', required: true }] },
      { node: 'm', paths: ['c'], requirements: [] },
    ]);
  });

  it('gives nodes without a service the common one and reports a node in two services', () => {
    const { nodes, problems } = mergeNodes([contract('a', true, 'x'), contract('b', true, 'y')], 'common');
    expect(nodes[0]?.service).toBe('x');
    expect(problems[0]?.message).toContain("'y' in b is not used");
    expect(mergeNodes([contract('a', true)], 'common').nodes[0]?.service).toBe('common');
  });
});
