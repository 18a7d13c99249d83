import type { TopicContract } from '@iot/contracts'
import type { LostService, ServiceAnnouncement } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { logChecks } from './log-checks.js'
import { lostChecks, serverChecks } from './place-checks.js'
import type { SystemCheck } from './system-check.js'

describe('the checks of the system', () => {
  describe('on the log', () => {
    const limits = { lagRecords: 1_000, stallMs: 30_000, deadLettersPerMinute: 10 }

    function openLog() {
      const ends = new Map<string, number>()
      const committed = new Map<string, number>()
      const checks = logChecks(
        {
          ranges: async ({ name }: TopicContract) => [{ partition: 0, start: 0, end: ends.get(name) ?? 0 }],
          committed: async (group, { name }) => new Map([[0, committed.get(`${group} ${name}`) ?? 0]]),
        },
        limits,
      )
      return { ends, committed, look: (name: string, atMs: number) => named(checks, name).look(atMs) }
    }

    it('tell of a pipeline that falls behind until it has made up for half of it', async () => {
      const { ends, committed, look } = openLog()
      ends.set('sensors-data', 1_000)
      expect(await look('lag-live', 0)).toBeNull()
      ends.set('sensors-data', 1_500)
      expect(await look('lag-live', 1_000)).toMatch(/The live pipeline is 1500 records behind/)
      committed.set('live sensors-data', 900)
      expect(await look('lag-live', 2_000)).toMatch(/600 records/)
      committed.set('live sensors-data', 1_000)
      expect(await look('lag-live', 3_000)).toBeNull()
    })

    it('tell of a pipeline that has stopped, and not of one that has nothing to do', async () => {
      const { ends, committed, look } = openLog()
      expect(await look('lag-notify', 0)).toBeNull()
      expect(await look('lag-notify', 60_000)).toBeNull()
      ends.set('alerts', 2)
      expect(await look('lag-notify', 65_000)).toBeNull()
      expect(await look('lag-notify', 89_000)).toBeNull()
      expect(await look('lag-notify', 95_000)).toMatch(/2 records behind, and it has stopped/)
      committed.set('notify alerts', 1)
      expect(await look('lag-notify', 100_000)).toBeNull()
      // What was there at the last commit may have been done by another member; what has come since was not.
      expect(await look('lag-notify', 200_000)).toBeNull()
      ends.set('alerts', 3)
      expect(await look('lag-notify', 205_000)).toMatch(/it has stopped/)
    })

    it('tell of dead letters that rise, however many there have been before', async () => {
      const { ends, look } = openLog()
      ends.set('sensors-data.dead', 500)
      expect(await look('dead-letters', 0)).toBeNull()
      ends.set('sensors-data.dead', 510)
      expect(await look('dead-letters', 30_000)).toBeNull()
      ends.set('sensors-data.dead', 511)
      expect(await look('dead-letters', 35_000)).toMatch(/^11 messages/)
      expect(await look('dead-letters', 100_000)).toBeNull()
    })
  })

  it('on processes tell who was lost, and not who has another in its place', async () => {
    const living: Pick<ServiceAnnouncement, 'service' | 'instance' | 'startedAt'>[] = [
      { service: 'websocket-service', instance: 'b', startedAt: at(0) },
    ]
    const lost: LostService[] = []
    const check = named(
      lostChecks({ list: async () => living as ServiceAnnouncement[], lost: async () => lost }),
      'lost-websocket-service',
    )
    expect(await check.look(0)).toBeNull()
    lost.push({ service: 'api-gateway', instance: 'g', lastMs: 60_000 })
    expect(await check.look(0)).toBeNull()
    lost.push({ service: 'websocket-service', instance: 'a', lastMs: 60_000 })
    expect(await check.look(0)).toMatch(/websocket-service on a is not heard any more; still running: 1/)
    living.push({ service: 'websocket-service', instance: 'c', startedAt: at(90) })
    expect(await check.look(0)).toBeNull()
  })

  it('on servers tell which of them does not answer', async () => {
    let isAway = true
    const heads = async () => {
      if (isAway) throw new Error('away')
      return { epoch: 'e', readings: new Map(), status: new Map(), alerts: new Map() }
    }
    const checks = serverChecks({ bus: { heads }, rules: { version: async () => '1' } })
    expect(await named(checks, 'live-bus').look(0)).toMatch(/Redis/)
    expect(await named(checks, 'database').look(0)).toBeNull()
    isAway = false
    expect(await named(checks, 'live-bus').look(0)).toBeNull()
  })
})

function named(checks: readonly SystemCheck[], name: string): SystemCheck {
  return checks.find((check) => check.name === name)!
}

function at(second: number): string {
  return new Date(second * 1_000).toISOString()
}
