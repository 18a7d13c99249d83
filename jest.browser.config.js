// The system from a real browser: needs `npm run build` and chromium.
import e2e from './jest.e2e.config.js'

const [project] = e2e.projects

export default {
  ...e2e,
  // One browser at a time: what it shows is judged by the clock.
  maxWorkers: 1,
  projects: [
    {
      ...project,
      displayName: 'browser',
      testMatch: ['<rootDir>/e2e/browser/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/'],
    },
  ],
}
