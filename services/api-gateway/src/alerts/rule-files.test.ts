import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryAlertRuleStore } from '@iot/adapter-memory'
import { type AlertRuleStore, StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createRuleFiles, type RuleFiles } from './rule-files.js'

const HOT = { name: 'Hot', sensorType: 't', operator: '>', value: 8, severity: 'warning' }
const COLD = { ...HOT, name: 'Cold', operator: '<', value: 2 }

let folder: string
let rules: AlertRuleStore
let open: RuleFiles[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rules-'))
  rules = createMemoryAlertRuleStore({ clock: new FakeClock() })
  open = []
})
afterEach(async () => {
  for (const one of open) one.stop()
  await rm(folder, { recursive: true })
})

async function start(from: string = folder): Promise<RuleFiles> {
  const files = createRuleFiles({ folder: from, rules, log: silentLogger(), lookMs: 20 })
  open.push(files)
  await files.start()
  return files
}
/** As editors do it: nobody ever reads half of it. */
async function write(file: string, content: unknown): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await writeFile(join(folder, `${file}.part`), text)
  await rename(join(folder, `${file}.part`), join(folder, file))
}
const inForce = async () => (await rules.list({ limit: 99 })).map(({ id, name, value }) => [id, name, value])

const holds = (check: () => void | Promise<void>) =>
  until('the files are in force as expected', async () => {
    await check()
    return true
  })

describe('rule files', () => {
  it('are rules of their names, one or a list of them, and follow what becomes of the files', async () => {
    const own = await rules.create({ ...HOT, name: 'Own' } as never, 'anna')
    await write('hall.json', HOT)
    await write('cold.json', [COLD, { ...COLD, value: 1 }])
    await write('notes.txt', 'not a rule')
    await start()
    const mine = [own!.id, 'Own', 8]
    expect(await inForce()).toEqual(
      [['file:cold:1', 'Cold', 2], ['file:cold:2', 'Cold', 1], ['file:hall', 'Hot', 8], mine].sort(),
    )
    await write('hall.json', { ...HOT, value: 9 })
    await rm(join(folder, 'cold.json'))
    const expected = [['file:hall', 'Hot', 9], mine].sort()
    await holds(async () => expect(await inForce()).toEqual(expected))
    expect(await rules.get('file:hall')).toMatchObject({ source: 'file', revision: 2 })
  })

  it('with a fault stay in force as they were, also after a restart, and the report says what is wrong', async () => {
    await write('hall.json', HOT)
    await write('cold.json', COLD)
    const first = await start()
    await write('hall.json', [
      { ...HOT, value: 5 },
      { ...HOT, value: undefined, colour: 'red' },
    ])
    await holds(() =>
      expect(first.report().items[1]).toMatchObject({ file: 'hall.json', ok: false, rules: 1 }),
    )
    expect(first.report().items[1]!.faults).toEqual([
      { field: '2.colour', message: 'is not a known field', code: 'UNKNOWN_FIELD' },
    ])
    expect(await inForce()).toContainEqual(['file:hall', 'Hot', 8])
    first.stop()
    await write('cold.json', '{ "name": ')
    const second = await start()
    expect(await inForce()).toEqual([
      ['file:cold', 'Cold', 2],
      ['file:hall', 'Hot', 8],
    ])
    expect(second.report().items.map(({ ok }) => ok)).toEqual([false, false])
    await write('hall.json', { ...HOT, operator: 'inside' })
    await holds(() =>
      expect(second.report().items[1]!.faults.map(({ field }) => field)).toEqual(['value', 'low', 'high']),
    )
    await write('a name with spaces.json', HOT)
    await holds(() => expect(second.report().items[0]).toMatchObject({ ok: false, rules: 0 }))
  })

  it('of a folder that is not there say nothing, so a gateway without it takes no rule away', async () => {
    await write('hall.json', HOT)
    await start()
    await start(join(folder, 'nowhere'))
    expect(await inForce()).toEqual([['file:hall', 'Hot', 8]])
  })

  it('beyond what the store takes are said not to be in force', async () => {
    rules = createMemoryAlertRuleStore({ clock: new FakeClock(), maxRules: 1 })
    await write('both.json', [HOT, COLD])
    const files = await start()
    expect(files.report().items).toMatchObject([
      {
        file: 'both.json',
        ok: false,
        rules: 1,
        faults: [{ field: 'file', message: expect.stringMatching(/^1 of its rules/) }],
      },
    ])
  })

  it('are put in force when the store is back', async () => {
    const { syncFiles } = rules
    let asked = 0
    rules.syncFiles = () => {
      asked += 1
      return Promise.reject(new StoreUnavailable('away'))
    }
    await write('hall.json', HOT)
    await start()
    await holds(() => expect(asked).toBeGreaterThan(1))
    rules.syncFiles = syncFiles
    await holds(async () => expect(await inForce()).toHaveLength(1))
  })
})
