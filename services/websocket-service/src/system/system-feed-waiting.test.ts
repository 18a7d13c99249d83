import { systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Reply } from '../events/dispatcher.js'
import type { Session } from '../sessions/session.js'
import { createSystemFeed, type SystemFeed } from './system-feed.js'

let feed: SystemFeed
afterEach(() => feed.stop())

function openFeed(answers: { services?: Promise<void>; count?: Promise<number> } = {}) {
  let counts = 0
  feed = createSystemFeed({
    clock: systemClock,
    logger: silentLogger(),
    services: async () => {
      await answers.services
      return { 'websocket-service': 'healthy' }
    },
    state: {
      counts: async () => ({ total: 7, online: 3 }),
      rate: async () => ({ readingsPerMinute: 60 }),
    },
    devices: {
      count: () => {
        counts += 1
        return answers.count ?? Promise.resolve(9)
      },
    },
    alerts: { countActive: async () => ({ warning: 2, critical: 1 }) },
  })
  return { counts: () => counts }
}

/** What the feed uses of a session. */
function listener() {
  const heard: unknown[] = []
  const link = { isOpen: () => true, emit: (_event: string, body: unknown) => void heard.push(body) }
  return { heard, session: { link } as unknown as Session }
}

describe('system:status, while its figures are being found out', () => {
  it('forgets who leaves or unsubscribes before the first answer', async () => {
    let found: () => void = () => {}
    openFeed({
      services: new Promise((resolve) => {
        found = resolve
      }),
    })
    const [gone, wavering, staying] = [listener(), listener(), listener()]
    const replies = [gone, wavering, staying].map(({ session }) => feed.subscribe(session, []))
    feed.leave(gone.session)
    feed.unsubscribe(wavering.session, [])
    found()
    for (const reply of replies) (await (reply as Promise<Reply>)).after?.()
    expect([gone, wavering, staying].map(({ heard }) => heard.length)).toEqual([0, 0, 1])
  })

  it('tells what is known without the store, where that is frozen, and asks it once', async () => {
    const { counts } = openFeed({ count: new Promise(() => {}) })
    const listeners = [listener(), listener()]
    const replies = await Promise.all(listeners.map(({ session }) => feed.subscribe(session, [])))
    for (const reply of replies) reply.after?.()
    for (const { heard } of listeners) {
      expect(heard).toEqual([
        expect.objectContaining({ metrics: expect.objectContaining({ totalDevices: 7 }) }),
      ])
    }
    expect(counts()).toBe(1)
  })
})
