// The whole system from outside, two files at once, each with a system of its own. Needs what `npm test` builds.
import unit from './jest.config.js'

const [project] = unit.projects

export default {
  testTimeout: 240_000,
  maxWorkers: 2,
  projects: [
    {
      ...project,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/e2e/browser/', '/e2e/fleet/'],
    },
  ],
}
