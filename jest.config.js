// One run for every unit and whole-service test; the end-to-end tests have their own config.
import { availableParallelism } from 'node:os'
import { typeboxModules } from './scripts/jest-bundle-typebox.mjs'

const shared = {
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '\\.css$': '<rootDir>/scripts/jest-empty-style.js',
    ...typeboxModules,
  },
  globalSetup: '<rootDir>/scripts/jest-bundle-typebox.mjs',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
}

export default {
  testTimeout: 60_000,
  // Two at least: many suites wait for servers half of their time, and Jest by itself leaves a core free.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testEnvironment: '<rootDir>/scripts/jest-node-environment.mjs',
      testMatch: ['<rootDir>/{packages,services,dashboard,tests}/**/*.test.{ts,tsx}'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.fleet\\.test\\.ts$'],
    },
  ],
}
