import { isContractName, parseContract } from '../../../contracts/node-contract/contract';

const brief = (text: string, path = 'nodes/a/contract.yaml') => {
  const { requirements, ...file } = parseContract(path, text);
  return { ...file, keys: requirements.map(({ key, field, required }) => `${key} ${field} ${required}`) };
};

describe('parseContract', () => {
  it('finds requirements in three places, in order', () => {
    const file = parseContract(
      'nodes/mailer/contract.yaml',
      `
node_name: mailer
service: post
metadata: { transport_type: " Filesystem " }
handler_routing:
  handlers:
    - {}
    - { handler_type: repo_state }
dependencies:
  - { type: environment, env_var: SMTP_TOKEN, required: no }
  - { type: protocol, env_var: IGNORED }
  - { type: environment, name: no_variable }
`,
    );
    const keys = file.requirements.map(({ key, transport, field, required }) => [
      `${transport} ${key}`,
      field,
      required,
    ]);
    expect(keys).toEqual([
      ['filesystem FS_BASE_PATH', 'metadata.transport_type', true],
      ['filesystem FS_BASE_PATH', 'handler_routing.handlers[1].handler_type', true],
      ['runtime SMTP_TOKEN', 'dependencies[0]', false],
    ]);
    expect(file).toMatchObject({
      path: 'nodes/mailer/contract.yaml',
      node: 'mailer',
      service: 'post',
      transports: ['filesystem'],
      problems: [],
    });
  });

  it('names an unknown transport with its place and line, and goes on', () => {
    const text =
      'name: x\nmetadata:\n  transport_type: carrier_pigeon\nhandler_routing:\n  handlers:\n    - handler_type: [a]\n    - handler_type: mcp\n';
    expect(brief(text, 'x.yaml')).toMatchObject({
      problems: [
        { message: "Unknown transport_type 'carrier_pigeon' in x.yaml::metadata.transport_type", line: 3 },
        { message: 'handler_type is a list, not a text, in x.yaml::handler_routing.handlers[0]', line: 6 },
      ],
      keys: [
        'MCP_SERVER_HOST handler_routing.handlers[1].handler_type true',
        'MCP_SERVER_PORT handler_routing.handlers[1].handler_type true',
      ],
    });
  });

  it('takes truth as Python does: the text "false" requires, null does not', () => {
    const dependency = (required: string) => `  - { type: environment, env_var: K, required: ${required} }`;
    const text = `name: x\ndependencies:\n${['"false"', 'null', '0', 'off', '1'].map(dependency).join('\n')}\n`;
    expect(brief(text).keys.map((key) => key.split(' ').at(-1))).toEqual([
      'true',
      'false',
      'false',
      'false',
      'true',
    ]);
  });

  it('prefers node_name, then name, contract_name and handler_id', () => {
    expect(brief('handler_id: h\ncontract_name: c\nname: n\nnode_name: node\n').node).toBe('node');
    expect(brief('handler_id: h\ncontract_name: c\nname: ""\n').node).toBe('c');
    expect(brief('handler_id: h\n').node).toBe('h');
  });

  it('names a nameless contract after its folder or file, and says so only where it asks for something', () => {
    expect(brief('metadata: {transport_type: mcp}')).toMatchObject({
      node: 'a',
      problems: [{ message: expect.stringContaining("taken as 'a'") }],
    });
    expect(brief('metadata: {transport_type: mcp}', 'b/contract_x.yaml').node).toBe('contract_x');
    expect(brief('kind: policy')).not.toHaveProperty('node');
  });

  it('reports a service that cannot name a folder', () => {
    const file = brief('name: x\nmetadata: { service: a/b }\n');
    expect(file).not.toHaveProperty('service');
    expect(file.problems[0]?.message).toContain("Service 'a/b'");
  });

  it.each([
    ['- a', 'Contract c.yaml has a non-mapping YAML root (got list)'],
    ['hello', 'Contract c.yaml has a non-mapping YAML root (got str)'],
    ['yes', 'Contract c.yaml has a non-mapping YAML root (got bool)'],
    ['a: [', 'Failed to parse c.yaml: '],
  ])('reports %j', (text, message) => {
    const { problems } = parseContract('c.yaml', text);
    expect(problems[0]?.message.startsWith(message)).toBe(true);
    expect(problems[0]?.line).toBe(1);
  });

  it('has nothing to say about an empty file', () => {
    expect(parseContract('c.yaml', '')).toEqual({
      path: 'c.yaml',
      transports: [],
      requirements: [],
      problems: [],
    });
  });
});

describe('isContractName', () => {
  it('matches contract.yaml, contract_*.yaml and handler_contract.yaml, case-sensitive', () => {
    const names = ['contract.yaml', 'contract_a.yaml', 'contract_.yaml', 'handler_contract.yaml'];
    expect(names.filter(isContractName)).toEqual(names);
    const others = [
      'Contract.yaml',
      'contract.yml',
      'a.contract.yaml',
      'contract-a.yaml',
      'my_handler_contract.yaml',
    ];
    expect(others.filter(isContractName)).toEqual([]);
  });
});
