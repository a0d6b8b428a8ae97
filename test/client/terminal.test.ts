import { pasteable } from '../../client/terminal';

describe('what is printed', () => {
  const shown = (text: string, environment?: string) =>
    pasteable(text, '/opt/bin/onex-bootstrap', environment);

  it('names this program by its path', () => {
    expect(shown('run: onex-bootstrap up. Without onex-bootstrap: docker compose up')).toBe(
      'run: /opt/bin/onex-bootstrap up. Without onex-bootstrap: docker compose up',
    );
  });

  it.each([
    ['run: onex-bootstrap up', 'run: onex-bootstrap up -e prod'],
    [
      'onex-bootstrap down --volumes (its data is lost)',
      'onex-bootstrap down -e prod --volumes (its data is lost)',
    ],
    ['onex-bootstrap up -e dev', 'onex-bootstrap up -e dev'],
    ['onex-bootstrap declare --environment dev', 'onex-bootstrap declare --environment dev'],
    [
      'onex-bootstrap rotate client-secrets -e dev --overlap 1s',
      'onex-bootstrap rotate client-secrets -e dev --overlap 1s',
    ],
    [
      'onex-bootstrap down, then onex-bootstrap up -e dev',
      'onex-bootstrap down -e prod, then onex-bootstrap up -e dev',
    ],
    ['onex-bootstrap restore FILE', 'onex-bootstrap restore FILE'],
    ['onex-bootstrap worker', 'onex-bootstrap worker'],
    ['onex-bootstrap upwards', 'onex-bootstrap upwards'],
  ])('names the environment that was asked for: %s', (text, named) => {
    expect(pasteable(text, 'onex-bootstrap', 'prod')).toBe(named);
    expect(pasteable(text, 'onex-bootstrap', undefined)).toBe(text);
  });
});
