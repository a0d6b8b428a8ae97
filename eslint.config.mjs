import tseslint from 'typescript-eslint';

const workflowOnly = {
  patterns: [
    {
      regex: '^(?!@temporalio/workflow$|@temporalio/common$|\\.{1,2}/).*',
      message: 'Workflow code imports only @temporalio/workflow, pure modules and types.',
      allowTypeImports: true,
    },
    {
      regex: '/(activities|stack/(?!compose/)|infisical|reads|environment|worker|client)/',
      message: 'Workflow code takes activities as types: use import type.',
      allowTypeImports: true,
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'object-shorthand': 'error',
      'no-duplicate-imports': 'off',
      'no-console': 'error',
      'max-lines': ['error', { max: 250 }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the entry points read the environment.' },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', workflowOnly] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'verification/**/*.ts'],
    rules: {
      'no-restricted-properties': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['client/main.ts', 'worker/main.ts', 'dev-infisical/main.ts', 'verification/conformance/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
);
