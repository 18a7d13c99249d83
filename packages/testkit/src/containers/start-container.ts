import { execFileSync } from 'node:child_process'
import type { GenericContainer, StartedTestContainer } from 'testcontainers'

/** The container that takes leftovers away after a test run that was killed. */
const RYUK = 'testcontainers/ryuk'

/**
 * Starts a container that `stop` of its answer ends. Ryuk, which removes what a killed test run leaves behind, is
 * used where its image lies on the machine, and left out where it can't be had.
 */
export async function startContainer(
  describe: (container: typeof GenericContainer) => GenericContainer,
): Promise<StartedTestContainer> {
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= hasImage(RYUK) ? 'false' : 'true'
  // Loaded after the decision: the library reads it once.
  const library = await import('testcontainers')
  return describe(library.GenericContainer).start()
}

function hasImage(name: string): boolean {
  return execFileSync('docker', ['image', 'ls', '--quiet', name], { encoding: 'utf8' }).trim() !== ''
}
