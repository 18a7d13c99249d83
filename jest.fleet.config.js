// What needs a Docker engine: adapters on the real servers (*.fleet.test.ts beside the file), and the fleet as a whole.
import unit from './jest.config.js'

const [project] = unit.projects

export default {
  testTimeout: 240_000,
  maxWorkers: 1,
  projects: [
    {
      ...project,
      displayName: 'fleet',
      testMatch: ['<rootDir>/{packages,services}/**/*.fleet.test.ts', '<rootDir>/e2e/fleet/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    },
  ],
}
