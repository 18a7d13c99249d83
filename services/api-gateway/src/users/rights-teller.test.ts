import { createMemoryFleetChannel, createMemoryRightsBoard, createMemoryUserStore } from '@iot/adapter-memory'
import { type FleetMessage, StoreUnavailable, type UserRights, type UserRow } from '@iot/ports'
import { createMetrics, createRightsWatch, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createRightsTeller, type RightsTeller } from './rights-teller.js'

const logger = silentLogger()
const clock = new FakeClock()

let users: ReturnType<typeof createMemoryUserStore>
let board: ReturnType<typeof createMemoryRightsBoard>
let channel: ReturnType<typeof createMemoryFleetChannel>
let watch: ReturnType<typeof createRightsWatch>
let isBoardAway: boolean
let words: FleetMessage[]
let ann: UserRow
let teller: RightsTeller

beforeEach(async () => {
  users = createMemoryUserStore({ clock })
  board = createMemoryRightsBoard({ clock })
  channel = createMemoryFleetChannel({ logger, metrics: createMetrics() })
  watch = createRightsWatch({ board, clock, logger })
  isBoardAway = false
  // Its own: a word that the test before has sent may come only now.
  const heard: FleetMessage[] = []
  words = heard
  channel.listen((message) => heard.push(message))
  ann = (await users.create({ username: 'ann', passwordHash: 'h', role: 'user' }))!
  teller = tellerOf()
})
afterEach(() => teller.stop())

function tellerOf(): RightsTeller {
  const outage = () => (isBoardAway ? Promise.reject(new StoreUnavailable('away')) : undefined)
  return createRightsTeller({
    users,
    board: {
      post: async (rights) => (await outage()) ?? board.post(rights),
      read: async () => (await outage()) ?? board.read(),
    },
    watch,
    channel,
    log: logger,
    compareEveryMs: 5,
  })
}
async function change(role: 'operator' | 'admin' | 'user'): Promise<UserRights> {
  const outcome = await users.update(ann.id, { role })
  if (outcome.outcome !== 'done' || !outcome.rights) throw new Error('nothing has changed')
  return outcome.rights
}

describe('telling rights', () => {
  it('is done at once on the board, here, and by a word to the others', async () => {
    const rights = await change('operator')
    await teller.tell(rights)
    expect(await board.read()).toEqual([rights])
    expect(watch.now(ann.id)).toEqual(rights)
    await until('the word is heard', () => words.length > 0)
    expect(words).toEqual([{ kind: 'rights', rights }])
  })

  it('is made up for by who starts after a change that nobody told', async () => {
    const rights = await change('operator')
    teller.start()
    await until('it is on the board', async () => (await board.read()).length > 0)
    expect(await board.read()).toEqual([rights])
    expect(watch.now(ann.id)).toEqual(rights)
  })

  it('goes on trying while the board is away, and counts here meanwhile', async () => {
    teller.start()
    isBoardAway = true
    const rights = await change('operator')
    await teller.tell(rights)
    expect(watch.now(ann.id)).toEqual(rights)
    expect(await board.read()).toEqual([])
    const newest = await change('admin')
    isBoardAway = false
    await until('the newest is on the board', async () => (await board.read())[0]?.version === newest.version)
  })

  it('posts once what the board has kept', async () => {
    // Told before the first comparison: one under way meanwhile may find it in the store and not yet on the board.
    await teller.tell(await change('operator'))
    const second = tellerOf()
    for (const each of [teller, second]) {
      each.start()
      // A stop waits for the comparison under way, which began with the start.
      await each.stop()
    }
    await channel.send({ kind: 'close', userId: 'marker', reason: 'the words before it have come' })
    await until('the marker is heard', () => words.some(({ kind }) => kind === 'close'))
    expect(words.map(({ kind }) => kind)).toEqual(['rights', 'close'])
  })

  it('posts anew what the board has lost', async () => {
    const rights = await change('operator')
    teller.start()
    await until('it is on the board', async () => (await board.read()).length > 0)
    board = createMemoryRightsBoard({ clock })
    await until('it is on the new one', async () => (await board.read()).length > 0)
    expect(await board.read()).toEqual([rights])
  })

  it('heeds a word of another process', async () => {
    teller.start()
    const rights: UserRights = { userId: 'ben', version: 3, role: 'user', effect: 'out' }
    await channel.send({ kind: 'rights', rights })
    await until('it is known', () => watch.now('ben') !== undefined)
    expect(watch.check({ userId: 'ben', userVersion: 2 })).toBe('out')
  })
})
