import { parseContract } from '../../contracts/node-contract/contract';
import { describeRequirements, mergeNodes } from '../../contracts/requirements';

describe('describeRequirements', () => {
  it('lists every file, and transports and keys in order of first appearance', () => {
    const files = [
      parseContract(
        'a.yaml',
        'name: a\nmetadata: {transport_type: mock}\ndependencies: [{type: environment, env_var: K}]',
      ),
      parseContract('b.yaml', 'name: b\nmetadata: {transport_type: mcp}'),
      parseContract('c.yaml', 'a: ['),
    ];
    const mcp = { transport: 'mcp', field: 'metadata.transport_type', required: true };
    expect(describeRequirements(files)).toEqual({
      files: [
        {
          path: 'a.yaml',
          node: 'a',
          requirements: [{ key: 'K', transport: 'runtime', field: 'dependencies[0]', required: true }],
          problems: [],
        },
        {
          path: 'b.yaml',
          node: 'b',
          requirements: [
            { key: 'MCP_SERVER_HOST', ...mcp },
            { key: 'MCP_SERVER_PORT', ...mcp },
          ],
          problems: [],
        },
        { path: 'c.yaml', node: null, requirements: [], problems: [expect.objectContaining({ line: 1 })] },
      ],
      transports: ['inmemory', 'runtime', 'mcp'],
      keys: ['K', 'MCP_SERVER_HOST', 'MCP_SERVER_PORT'],
    });
  });
});

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
