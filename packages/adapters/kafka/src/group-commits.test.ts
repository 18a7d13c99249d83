import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { GroupCommits, type Member } from './group-commits.js'
import type { Broker } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import { createNames } from './names.js'

type OffsetCommit = Parameters<Broker['offsetCommit']>[0]

let ended: AbortController
afterEach(() => ended.abort())

/** A member that has partition 0, and a coordinator that answers nothing while it is away. */
function openCommits() {
  ended = new AbortController()
  const requests: OffsetCommit[] = []
  const state = { isAway: false, tenure: 1 as number | undefined, attempts: 0 }
  const member: Member = {
    membership: { memberId: 'm', generationId: 1 },
    tenure: () => state.tenure,
    expelled: () => {},
  }
  const connection = {
    async onCoordinator<Answer>(_group: string, call: (broker: Broker) => Promise<Answer>): Promise<Answer> {
      state.attempts += 1
      if (state.isAway) throw new Error('the coordinator is away')
      return call({
        offsetCommit: async (request: OffsetCommit) => requests.push(request),
      } as unknown as Broker)
    },
  } as unknown as KafkaConnection
  const commits = new GroupCommits({
    connection,
    names: createNames({ partitions: 1 }),
    group: 'archive',
    member,
    log: silentLogger(),
    signal: ended.signal,
  })
  const stored = () => requests.flatMap(({ topics }) => topics[0]!.partitions.map(({ offset }) => offset))
  return { commits, state, stored }
}

describe('commits of a partition that was lost and came back', () => {
  it('are refused: whoever had it in between may have gone further', async () => {
    const { commits, state, stored } = openCommits()
    state.isAway = true
    const old = commits.commit('sensors-data', 0, 100)
    const refused = expect(old).rejects.toMatchObject({ code: 'LOG_STALE' })
    await until('it was tried', () => state.attempts > 0)
    state.tenure = 2
    commits.begin('sensors-data', 0, 200)
    state.isAway = false
    await refused
    await commits.commit('sensors-data', 0, 210)
    expect(stored()).toEqual(['210'])
  })

  it('are not joined with those of the new time', async () => {
    const { commits, state, stored } = openCommits()
    state.isAway = true
    const first = expect(commits.commit('sensors-data', 0, 90)).rejects.toMatchObject({ code: 'LOG_STALE' })
    const second = expect(commits.commit('sensors-data', 0, 100)).rejects.toMatchObject({ code: 'LOG_STALE' })
    state.tenure = undefined
    const lost = expect(commits.commit('sensors-data', 0, 110)).rejects.toMatchObject({ code: 'LOG_STALE' })
    state.tenure = 2
    state.isAway = false
    await commits.commit('sensors-data', 0, 10)
    await Promise.all([first, second, lost])
    expect(stored()).toEqual(['10'])
  })
})
