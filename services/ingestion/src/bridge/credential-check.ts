import type { DeviceDoor, DeviceIdentity, DeviceStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { createTurns } from './turns.js'

export interface CredentialCheckDeps {
  readonly door: Pick<DeviceDoor, 'identities' | 'disconnect'>
  readonly devices: Pick<DeviceStore, 'keptCredentials'>
  readonly logger: Logger
  /** between two checks, ms */
  readonly everyMs?: number | undefined
}

const EVERY_MS = 5_000
/** Credentials of one question to the store. */
const BATCH = 1_000

/**
 * Looks every few seconds whether the credentials of the open connections are still there, and ends the
 * connections of those that were removed, alone or with their device; whoever removes some says so, and it looks at
 * once. While the store is away nobody is sent away.
 */
export function createCredentialCheck(deps: CredentialCheckDeps) {
  const { door, devices, logger, everyMs = EVERY_MS } = deps

  async function checkAll(): Promise<void> {
    const open = new Set(door.identities().map(credentialOf))
    open.delete(undefined)
    const credentialIds = [...open] as string[]
    for (let at = 0; at < credentialIds.length; at += BATCH) {
      await check(credentialIds.slice(at, at + BATCH))
    }
  }

  async function check(credentialIds: readonly string[]): Promise<void> {
    const kept = new Set(await devices.keptCredentials(credentialIds))
    const removed = new Set(credentialIds.filter((id) => !kept.has(id)))
    if (removed.size === 0) return
    const connections = door.disconnect((identity) => {
      const id = credentialOf(identity)
      return id !== undefined && removed.has(id)
    })
    logger.info({ credentials: removed.size, connections }, 'connections of removed credentials were ended')
  }

  const turns = createTurns({
    work: () =>
      checkAll().catch((error) =>
        logger.debug({ err: error }, 'credentials of open connections could not be checked'),
      ),
    everyMs,
  })

  return {
    /** At once: some were removed. */
    look: turns.look,
    start: turns.start,
    stop(): void {
      void turns.stop()
    },
  }
}

function credentialOf(identity: DeviceIdentity): string | undefined {
  return identity.kind === 'anonymous' ? undefined : identity.credentialId
}
