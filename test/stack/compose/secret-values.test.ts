import { secretValues } from '../../../stack/compose/secret-values';

it('hides what is called secret, and no word that stands under another name too', () => {
  const variables = {
    DB_PASSWORD: 's3cret',
    DB_USER: 'infisical',
    PGPASSWORD: 'infisical',
    SMTP_HOST: 'mail',
    API_KEY: 'k',
    VALKEY_EXTERNAL_PORT: '16379',
    KEYCLOAK_PORT: '8080',
    VALKEY_HOST: 'valkey-1',
    SITE_URL: 'http://127.0.0.1:8881',
    DB_CONNECTION_URI: 'postgres://app:pw@db/app',
    KEY_FILE: '/run/secrets/key',
  };
  expect(secretValues(Object.entries(variables))).toEqual(['s3cret', 'k', 'postgres://app:pw@db/app']);
});
