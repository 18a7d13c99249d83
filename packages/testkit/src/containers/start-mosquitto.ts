import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Wait } from 'testcontainers'
import { freePort } from './free-port.js'
import { startContainer } from './start-container.js'

const IMAGE = 'eclipse-mosquitto:2'
const PORT = 1883
/** User of the broker in its image. */
const USER = '1883:1883'
/** Works from src/ and from dist/. */
const CONFIG = fileURLToPath(new URL('../../../../config/mosquitto', import.meta.url))

export interface StartedMosquitto {
  /** mqtt://host:port; stays the same over `kill` and `restart` */
  readonly url: string
  readonly port: number
  /** Where the bridge writes the logins; mounted into the container. */
  readonly authDir: string
  /** SIGKILL: what the broker has not written is gone. */
  kill(): void
  /** SIGTERM, and waits for its end. */
  halt(): void
  /** Starts it again after `kill` or `halt`, with the data that it has written. */
  restart(): void
  pause(): void
  unpause(): void
  logs(): string
  stop(): Promise<void>
}

/** Mosquitto as the fleet runs it: the same configuration, the same start, nothing but what differs here. */
export async function startMosquitto(
  options: { allowAnonymous?: boolean; authDir?: string } = {},
): Promise<StartedMosquitto> {
  const port = await freePort()
  const authDir = options.authDir ?? (await mkdtemp(join(tmpdir(), 'iot-mosquitto-')))
  // the broker is another user
  await chmod(authDir, 0o755)
  const container = await startContainer((Container) =>
    new Container(IMAGE)
      .withUser(USER)
      .withEntrypoint(['sh', '/mosquitto/config/run.sh'])
      .withEnvironment({ MQTT_ALLOW_ANONYMOUS: options.allowAnonymous ? '1' : '0' })
      .withBindMounts([
        { source: CONFIG, target: '/mosquitto/config', mode: 'ro' },
        { source: authDir, target: '/mosquitto/auth', mode: 'ro' },
      ])
      // a fixed one: after a restart the engine would give out another
      .withExposedPorts({ container: PORT, host: port })
      .withWaitStrategy(Wait.forListeningPorts()),
  )
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' })
  const id = container.getId()
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    authDir,
    kill: () => void docker('kill', id),
    halt: () => void docker('stop', '--time', '10', id),
    restart: () => void docker('start', id),
    pause: () => void docker('pause', id),
    unpause: () => void docker('unpause', id),
    logs: () => docker('logs', id),
    async stop() {
      docker('rm', '--force', '--volumes', id)
      await rm(authDir, { recursive: true, force: true })
    },
  }
}
