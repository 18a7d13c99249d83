import type { ConnectionFigures } from '@iot/contracts'
import type { Clock } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { requireVisible } from '../rooms/can-see.js'
import type { Handler } from './dispatcher.js'
import { readingsOf, type Snapshots } from './snapshots.js'

export interface AskDeps {
  readonly snapshots: Snapshots
  readonly clock: Clock
  figures(): ConnectionFigures
}

/** Questions that are answered at once, by event and by callback. */
export function createAskHandlers(deps: AskDeps) {
  const latest: Handler = async (session, [deviceId]) => {
    if (deviceId !== undefined) requireVisible(session, deviceId as string)
    const states = await (deviceId === undefined
      ? deps.snapshots.all()
      : deps.snapshots.of(deviceId as string))
    if (!states) {
      throw new AppError(
        'RANGE_TOO_LARGE',
        'That is more than one answer holds: ask for a device, or over REST',
      )
    }
    const readings = readingsOf(states)
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
