import { renderTemplate, templateSecrets } from '../../../stack/compose/render-template';

const value = `a'b"c\\d/e@f!`;

describe('renderTemplate', () => {
  it.each([
    ['{{v}}', value],
    ['{{ v | uri }}', 'a%27b%22c%5Cd%2Fe%40f%21'],
    ['{{v|shell}}', `'a'\\''b"c\\d/e@f!'`],
    ['{{v|quote}}', `"a'b\\"c\\\\d/e@f!"`],
  ])('%s', (template, expected) => expect(renderTemplate(template, () => value)).toBe(expected));

  it('names what a template needs and what is wrong with it', () => {
    expect(templateSecrets('{{a}}{{b|uri}}{{a|base64}}')).toEqual({
      names: ['a', 'b'],
      problems: ['a filter is unknown: {{name|uri}}, {{name|shell}} and {{name|quote}} are there'],
    });
  });
});
