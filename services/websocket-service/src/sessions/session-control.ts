import type { Clock, FleetChannel, TokenVerifier } from '@iot/ports'
import type { Logger, RightsWatch } from '@iot/runtime'
import type { WebsocketConfig } from '../config.js'
import type { Handler } from '../events/dispatcher.js'
import { hearWords } from './hear-words.js'
import { createLastCloses, type LastCloses } from './last-closes.js'
import { createRefreshAuth } from './refresh-auth.js'
import { createSessionLife, type SessionLifeDeps } from './session-life.js'
import type { SessionRegistry } from './session-registry.js'

export interface SessionControlDeps {
  readonly sessions: SessionRegistry
  readonly rights: Pick<RightsWatch, 'check' | 'heed' | 'onChange'>
  readonly channel: FleetChannel
  readonly verifier: TokenVerifier
  readonly clock: Clock
  readonly logger: Logger
  readonly config: Pick<WebsocketConfig, 'SOCKET_IDLE_TIMEOUT'>
  readonly isListening: SessionLifeDeps['isListening']
}

export interface SessionControl {
  readonly lastCloses: LastCloses
  readonly refreshAuth: Handler
  start(): void
  /** Looks at all sessions where it is time for that, or rights have changed. */
  tick(isDue: boolean): void
  stop(): void
}

/** What keeps sessions in step with the rights, tokens and wishes of the rest of the system. */
export function createSessionControl(deps: SessionControlDeps): SessionControl {
  const { rights, config } = deps
  const life = createSessionLife({ ...deps, idleTimeoutMs: config.SOCKET_IDLE_TIMEOUT })
  const lastCloses = createLastCloses(deps)
  let ends: (() => void)[] = []
  let rightsHaveChanged = false

  return {
    lastCloses,
    refreshAuth: createRefreshAuth({ ...deps, life }),
    start() {
      const noteChange = () => {
        rightsHaveChanged = true
      }
      ends = [rights.onChange(noteChange), hearWords({ ...deps, life, lastCloses })]
    },
    tick(isDue) {
      // However many users a reading of the board was about: one look.
      if (isDue || rightsHaveChanged) life.sweep()
      rightsHaveChanged = false
    },
    stop() {
      for (const end of ends.splice(0)) end()
    },
  }
}
