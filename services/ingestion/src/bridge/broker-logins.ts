import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrokerLogin, DeviceStore } from '@iot/ports'
import { brokerVerifier, type Logger, StartError } from '@iot/runtime'
import { renderBrokerFiles } from './broker-files.js'
import { createTurns } from './turns.js'

export interface BrokerLoginsDeps {
  readonly devices: Pick<DeviceStore, 'listBrokerLogins' | 'brokerLoginsVersion'>
  /** where `passwords` and `acl` are kept */
  readonly folder: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly allowAnonymous: boolean
  readonly sharedTopic: string
  readonly logger: Logger
  /** between two questions whether something has changed, ms */
  readonly everyMs?: number | undefined
}

const EVERY_MS = 2_000
const PAGE = 1_000
/** More than for devices: this password may be one that a person has thought of. */
const READER_ITERATIONS = 10_000
const SALT_BYTES = 12
/** Names that mean in Mosquitto's files what they say. */
const PLAIN_NAME = /^[A-Za-z0-9_.@-]{1,64}$/

/**
 * Keeps the files of the MQTT broker in step with the credentials: a new or removed one is in force within seconds.
 * Every bridge does this, and writes only what differs. While the store is away the files stay as they are; where
 * there are none yet, they begin with the reader's own login. Throws a StartError for names that have no place in
 * the files.
 */
export function createBrokerLogins(deps: BrokerLoginsDeps) {
  const { devices, folder, logger, everyMs = EVERY_MS } = deps
  let written: string | undefined
  let isFailing = false
  if (/[\p{Cc}]/u.test(deps.sharedTopic)) {
    throw new StartError(
      'MQTT_TOPIC_SENSOR_DATA has a control character: the MQTT broker can be given no rule for it',
    )
  }
  if (deps.username !== undefined && !PLAIN_NAME.test(deps.username)) {
    throw new StartError('MQTT_BROKER_USERNAME: letters, digits and _ . @ - alone, 64 at most')
  }

  async function write(logins: readonly BrokerLogin[]): Promise<void> {
    const { allowAnonymous, sharedTopic } = deps
    const files = renderBrokerFiles({ logins, reader: await readerOf(deps), allowAnonymous, sharedTopic })
    // Rules first: nobody comes in before it is written what they may.
    await replace(join(folder, 'acl'), files.acl)
    await replace(join(folder, 'passwords'), files.passwords)
  }

  async function follow(): Promise<void> {
    const version = await devices.brokerLoginsVersion()
    if (version === written) return
    const logins = await listAll(devices)
    await write(logins)
    written = version
    logger.info({ logins: logins.length, folder }, 'the logins of the MQTT broker are written')
  }

  async function attempt(): Promise<void> {
    try {
      await follow()
      isFailing = false
    } catch (error) {
      logger[isFailing ? 'debug' : 'warn'](
        { err: error, folder },
        'the logins of the MQTT broker stay as they are',
      )
      isFailing = true
    }
  }

  const turns = createTurns({ work: attempt, everyMs })

  return {
    async start(): Promise<void> {
      try {
        await mkdir(folder, { recursive: true })
        if (!(await exists(join(folder, 'passwords')))) await write([])
      } catch (error) {
        throw new StartError(
          `The logins of the MQTT broker can’t be kept in ${folder}: MQTT_BROKER_AUTH_DIR has to be a folder that this process may write to.`,
          { cause: error },
        )
      }
      turns.look()
      turns.start()
    },
    /** At once: some were removed. */
    look: turns.look,
    /** What is being written is whole when it resolves. */
    stop: turns.stop,
  }
}

async function listAll(devices: BrokerLoginsDeps['devices']): Promise<BrokerLogin[]> {
  const all: BrokerLogin[] = []
  for (;;) {
    const after = all.at(-1)?.username
    const page = await devices.listBrokerLogins({ limit: PAGE, ...(after !== undefined && { after }) })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/** The same in every bridge and after every start, so that nothing is written for it anew. */
async function readerOf({ username, password }: BrokerLoginsDeps) {
  if (username === undefined || password === undefined) return undefined
  const salt = createHash('sha256').update(`${username}\n${password}`).digest().subarray(0, SALT_BYTES)
  return { username, verifier: await brokerVerifier(password, { iterations: READER_ITERATIONS, salt }) }
}

/**
 * The whole file or the one before. Readable by the broker, which is another user: what is in it helps nobody to
 * a random password, and the folder is the bridge's and the broker's alone.
 */
async function replace(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined)
  if (before === text) return
  // every bridge has process 1 of its container: only chance tells them apart
  const next = `${path}.${randomUUID()}`
  try {
    await writeFile(next, text, { flag: 'wx' })
    await chmod(next, 0o644)
    await rename(next, path)
  } catch (error) {
    await rm(next, { force: true }).catch(() => {})
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
