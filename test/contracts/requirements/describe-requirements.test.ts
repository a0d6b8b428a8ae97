import { parseContract } from '../../../contracts/read/parse-contract';
import { describeRequirements } from '../../../contracts/requirements/describe-requirements';

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
