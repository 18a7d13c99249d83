import { startContainer } from './start-container.js'

const PORT = 6379

export interface StartedRedis {
  /** for `docker pause`, `docker restart` and the like */
  readonly id: string
  readonly host: string
  /** another one after a restart of the container */
  port(): number
  stop(): Promise<void>
}

/** A Redis server. Keeps nothing on disk unless `isDurable`. */
export async function startRedis(
  options: { isDurable?: boolean; hostPort?: number } = {},
): Promise<StartedRedis> {
  const { isDurable = false, hostPort } = options
  const disk = isDurable ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']
  const container = await startContainer((Container) =>
    new Container('redis:8')
      .withExposedPorts(hostPort === undefined ? PORT : { container: PORT, host: hostPort })
      .withCommand(['redis-server', '--save', '', ...disk]),
  )
  return {
    id: container.getId(),
    host: container.getHost(),
    port: () => container.getMappedPort(PORT),
    stop: async () => {
      await container.stop()
    },
  }
}
