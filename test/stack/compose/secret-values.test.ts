import { secretValues } from '../../../stack/compose/secret-values';

it('hides what is called secret, and no word that stands under another name too', () => {
  const variables = {
    DB_PASSWORD: 's3cret',
    DB_USER: 'infisical',
    PGPASSWORD: 'infisical',
    SMTP_HOST: 'mail',
    API_KEY: 'k',
  };
  expect(secretValues(Object.entries(variables))).toEqual(['s3cret', 'k']);
});
