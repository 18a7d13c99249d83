import type { ConnectionFigures } from '@iot/contracts'
import type { Clock, DeviceState } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { canSee, requireVisible } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Session } from '../sessions/session.js'
import type { Handler } from './dispatcher.js'
import { readingsOf, type Snapshots } from './snapshots.js'

/** When to ask again for everything while an answer of it is on its way, ms. */
const RETRY_ALL_MS = 500

export interface AskDeps {
  readonly directory: Pick<DeviceDirectory, 'siteOf'>
  readonly snapshots: Snapshots
  readonly clock: Clock
  figures(): ConnectionFigures
}

/** Questions that are answered at once, by event and by callback. */
export function createAskHandlers(deps: AskDeps) {
  const latest: Handler = async (session, [deviceId]) => {
    if (deviceId !== undefined) requireVisible(deps.directory, session, deviceId as string)
    const states = await (deviceId === undefined
      ? allStates(deps, session)
      : deps.snapshots.of(deviceId as string))
    const readings = readingsOf(states.filter((state) => canSee(deps.directory, session, state.deviceId)))
    return { answer: { latest: readings }, after: () => session.link.emit('latest', readings) }
  }

  const status: Handler = (session) => {
    const figures = deps.figures()
    return { answer: { status: figures }, after: () => session.link.emit('status:update', figures) }
  }

  const ping: Handler = (session) => {
    const body = { serverTime: new Date(deps.clock.nowMs()).toISOString() }
    return { answer: body, after: () => session.link.emit('pong', body) }
  }

  return { latest, status, ping }
}

/** Writing them all takes long enough to hold up everybody else: one such answer at a time for each client. */
async function allStates({ snapshots }: AskDeps, session: Session): Promise<DeviceState[]> {
  if (session.isAskingForAll) {
    throw new AppError('RATE_LIMITED', 'One request:latest for all devices at once', {
      retryAfterMs: RETRY_ALL_MS,
    })
  }
  session.isAskingForAll = true
  try {
    const states = await snapshots.all(session.scope)
    if (states) return states
  } finally {
    session.isAskingForAll = false
  }
  throw new AppError('RANGE_TOO_LARGE', 'That is more than one answer holds: ask for a device, or over REST')
}
