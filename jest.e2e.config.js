// The whole system from outside: needs `npm run build`, and chromium for the browser tests.
import unit from './jest.config.js'

const [project] = unit.projects
export default {
  testTimeout: 240_000,
  maxWorkers: 1,
  projects: [{ ...project, displayName: 'e2e', testMatch: ['<rootDir>/e2e/**/*.test.ts'] }],
}
