// The whole system from outside, one file after the other: needs `npm run build`, which `npm test` does.
import unit from './jest.config.js'

const [project] = unit.projects

export default {
  testTimeout: 240_000,
  maxWorkers: 1,
  projects: [
    {
      ...project,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/e2e/browser/', '/e2e/fleet/'],
    },
  ],
}
