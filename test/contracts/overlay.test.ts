import { parseOverlay } from '../../contracts/overlay';

const parsed = (text: string) => {
  const { overlay, problems } = parseOverlay('laptop.yaml', text, 'laptop');
  const overrides = [...(overlay?.overrides ?? [])].map(([key, value]) => [key, value.reveal()]);
  return { overrides: overlay && Object.fromEntries(overrides), problems };
};

describe('parseOverlay', () => {
  it('reads scalars as texts, as YAML 1.1 prints them', () => {
    const text = `
machine_class: laptop
infisical_path: /machine-class/laptop/
overrides: { HOST: localhost, PORT: 5436, DEBUG: yes, RATIO: 0.50, NOTHING: null }
`;
    expect(parsed(text)).toEqual({
      overrides: { HOST: 'localhost', PORT: '5436', DEBUG: 'True', RATIO: '0.5', NOTHING: '' },
      problems: [],
    });
  });

  it('leaves out what is not a scalar and says where', () => {
    expect(parsed('overrides:\n  A: x\n  B: [y]\n')).toEqual({
      overrides: { A: 'x' },
      problems: [{ message: 'laptop.yaml: B is a list, not a scalar', line: 3 }],
    });
  });

  it.each([
    ['overrides: [a]', "'overrides' must be a mapping, it is list"],
    ['version: 1', "'overrides' must be a mapping, it is NoneType"],
    ['- a', 'an overlay must be a mapping, this is list'],
    ['', 'an overlay must be a mapping, this is NoneType'],
    ['machine_class: server\noverrides: {}', "machine_class is 'server', asked for is 'laptop'"],
    ['infisical_path: /machine-class/server/\noverrides: {}', 'infisical_path is not /machine-class/laptop/'],
    ['overrides: [', 'laptop.yaml: '],
  ])('refuses %j', (text, message) => {
    const { overrides, problems } = parsed(text);
    expect(overrides).toBeUndefined();
    expect(problems[0]?.message).toContain(message);
  });
});
