import { ReadingsRecord } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { createArrivalStamps } from './arrival-stamps.js'
import { createClockPolicy } from './clock-policy.js'
import { parseTelemetry } from './parse-telemetry.js'

const NOW = Date.parse('2024-11-13T10:00:05.000Z')
const encoder = new TextEncoder()

function parseBytes(payload: Uint8Array, topicDeviceId?: string) {
  const policy = createClockPolicy({ retentionDays: 400, arrivals: createArrivalStamps({ capacity: 1_000 }) })
  return parseTelemetry({ topicDeviceId, payload, receivedAtMs: NOW, policy })
}

function parse(payload: unknown, topicDeviceId?: string) {
  return parseBytes(
    encoder.encode(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    topicDeviceId,
  )
}

function reasonsOf(payload: unknown, topicDeviceId?: string): string[] {
  return parse(payload, topicDeviceId).refused.map((refused) => refused.reason)
}

describe('the three forms of telemetry', () => {
  it('reads the stage-8 form: each number a sensor, each text an attribute', () => {
    const payload =
      '{"deviceId":"ESP32_01","temperature":25.5,"humidity":60.2,"door":true,"firmware":"1.4","timestamp":"2024-11-13T10:00:00Z"}'
    expect(parse(payload)).toEqual({
      refused: [],
      accepted: [
        {
          deviceId: 'ESP32_01',
          receivedAt: '2024-11-13T10:00:05.000Z',
          readings: [
            { sensorType: 'temperature', value: 25.5, timestamp: '2024-11-13T10:00:00.000Z' },
            { sensorType: 'humidity', value: 60.2, timestamp: '2024-11-13T10:00:00.000Z' },
            { sensorType: 'door', value: 1, timestamp: '2024-11-13T10:00:00.000Z' },
          ],
          attributes: { firmware: '1.4' },
        },
      ],
    })
  })

  it('reads the guide’s form: one sensor with its unit and place', () => {
    const payload = {
      deviceId: 'device-001',
      sensorType: 'temperature',
      value: 25.5,
      unit: '°C',
      timestamp: '2024-11-13T10:00:00Z',
      location: 'Assembly Line 1',
    }
    expect(parse(payload).accepted).toEqual([
      {
        deviceId: 'device-001',
        receivedAt: '2024-11-13T10:00:05.000Z',
        readings: [
          { sensorType: 'temperature', value: 25.5, unit: '°C', timestamp: '2024-11-13T10:00:00.000Z' },
        ],
        location: 'Assembly Line 1',
      },
    ])
  })

  it('reads several readings at once, each with its own time or the element’s', () => {
    const { accepted } = parse({
      deviceId: 'd',
      timestamp: 1_731_492_000,
      readings: [
        { sensorType: 'a', value: 1, unit: 'V' },
        { sensorType: 'a', value: 2, timestamp: '1731492001000' },
      ],
    })
    expect(accepted[0]?.readings).toEqual([
      { sensorType: 'a', value: 1, unit: 'V', timestamp: '2024-11-13T10:00:00.000Z' },
      { sensorType: 'a', value: 2, timestamp: '2024-11-13T10:00:01.000Z' },
    ])
  })

  it('takes the device from the topic where the payload names none', () => {
    expect(parse({ t: 1 }, 'pump-1').accepted[0]?.deviceId).toBe('pump-1')
    expect(parse({ t: 1, deviceId: 'pump-1' }, 'pump-1').accepted).toHaveLength(1)
  })

  it('stamps readings without a time one after another, and says where a clock was wrong', () => {
    const { accepted } = parse([{ t: 1 }, { t: 2 }, { t: 3, timestamp: 0 }], 'd')
    expect(accepted[0]?.readings).toEqual([
      { sensorType: 't', value: 1, timestamp: '2024-11-13T10:00:05.000Z' },
      { sensorType: 't', value: 2, timestamp: '2024-11-13T10:00:05.001Z' },
      { sensorType: 't', value: 3, timestamp: '2024-11-13T10:00:05.002Z', adjusted: true },
    ])
  })

  it('takes attributes and a place without a reading', () => {
    expect(parse({ deviceId: 'd', firmware: '2' }).accepted).toMatchObject([
      { readings: [], attributes: { firmware: '2' } },
    ])
    expect(parse({ deviceId: 'd', location: 'Hall' }).accepted).toMatchObject([{ location: 'Hall' }])
  })
})

describe('arrays', () => {
  it('make one record per device, in the order in which devices are named', () => {
    const { accepted } = parse([
      { deviceId: 'b', t: 1, zone: 'x' },
      { deviceId: 'a', t: 2 },
      { deviceId: 'b', u: 3, zone: 'y', location: 'L' },
    ])
    expect(accepted.map((record) => [record.deviceId, record.readings.map((r) => r.value)])).toEqual([
      ['b', [1, 3]],
      ['a', [2]],
    ])
    expect(accepted[0]).toMatchObject({ attributes: { zone: 'y' }, location: 'L' })
  })

  it('refuse a bad element alone, and keep its text as it was sent', () => {
    const text =
      '[ {"deviceId":"a","t":1}, {"deviceId":"a", "t":1e999, "s":"],\\"["}, {"deviceId":"b","t":2}, [7] ]'
    const { accepted, refused } = parse(text)
    expect(accepted.map((record) => record.deviceId)).toEqual(['a', 'b'])
    expect(refused).toEqual([
      {
        reason: 'bad-value',
        detail: 'element 1: "t" is no finite number',
        part: '{"deviceId":"a", "t":1e999, "s":"],\\"["}',
      },
      { reason: 'bad-shape', detail: 'element 3: an object is expected, not an array', part: '[7]' },
    ])
  })

  it('hold a thousand elements and not one more', () => {
    const thousand = Array.from({ length: 1_000 }, (_, n) => ({
      deviceId: 'd',
      a: n,
      b: n,
      timestamp: NOW - n,
    }))
    const { accepted, refused } = parse(thousand)
    expect(refused).toEqual([])
    expect(accepted.map((record) => record.readings.length)).toEqual([1_000, 1_000])
    expect(reasonsOf([...thousand, { deviceId: 'd', a: 1 }])).toEqual(['too-many'])
  })

  it('refuse the bad ones of a list of readings and take the others', () => {
    const { accepted, refused } = parse({
      deviceId: 'd',
      readings: [{ sensorType: 'a', value: 1 }, { sensorType: 'b' }, { value: 2 }],
    })
    expect(accepted[0]?.readings).toHaveLength(1)
    expect(refused).toEqual([
      { reason: 'bad-value', detail: '2 of 3 refused; readings[1]: value is no finite number' },
    ])
  })
})

describe('what can’t be read', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

  it.each<[unknown, string]>([
    ['', 'empty'],
    [' \n', 'empty'],
    ['{"deviceId":"d","t":NaN}', 'not-json'],
    ['not json', 'not-json'],
    ['25.5', 'bad-shape'],
    ['null', 'bad-shape'],
    ['[]', 'no-readings'],
    ['{"deviceId":"d"}', 'no-readings'],
    ['{"deviceId":"d","t":null}', 'no-readings'],
    ['{"deviceId":"d","readings":[]}', 'no-readings'],
    ['{"deviceId":"d","readings":{}}', 'bad-shape'],
    ['{"t":1}', 'bad-device-id'],
    ['{"deviceId":12,"t":1}', 'bad-device-id'],
    ['{"deviceId":"a b","t":1}', 'bad-device-id'],
    ['{"deviceId":"__proto__","t":1}', 'bad-device-id'],
    ['{"deviceId":"d","__proto__":1}', 'bad-sensor'],
    ['{"deviceId":"d","constructor":1}', 'bad-sensor'],
    ['{"deviceId":"d","":1}', 'bad-sensor'],
    ['{"deviceId":"d","a\\u0000b":1}', 'bad-sensor'],
    ['{"deviceId":"d","\\ud800":1}', 'bad-sensor'],
    [`{"deviceId":"d","${'x'.repeat(65)}":1}`, 'bad-sensor'],
    ['{"deviceId":"d","sensorType":"t"}', 'bad-value'],
    ['{"deviceId":"d","sensorType":"t","value":"25"}', 'bad-value'],
    ['{"deviceId":"d","value":25}', 'bad-sensor'],
    ['{"deviceId":"d","sensorType":"t","value":1,"unit":3}', 'bad-value'],
    ['{"deviceId":"d","t":1e999}', 'bad-value'],
    ['{"deviceId":"d","t":1,"a":"x\\u0000"}', 'bad-value'],
    [`{"deviceId":"d","t":1,"a":"${'x'.repeat(257)}"}`, 'bad-value'],
    ['{"deviceId":"d","t":1,"location":{"lat":1}}', 'bad-value'],
    ['{"deviceId":"d","t":{"value":1}}', 'bad-shape'],
    ['{"deviceId":"d","t":[1]}', 'bad-shape'],
    [`{"deviceId":"d","t":${deep(6)}}`, 'too-deep'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too-deep'],
    ['{"deviceId":"d","t":1,"timestamp":"yesterday"}', 'bad-timestamp'],
    ['{"deviceId":"d","t":1,"timestamp":true}', 'bad-timestamp'],
    [
      { deviceId: 'd', ...Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`s${n}`, n])) },
      'too-many',
    ],
    [
      { deviceId: 'd', ...Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`s${n}`, 'x'])) },
      'too-many',
    ],
  ])('%.60j is refused as %s', (payload, reason) => {
    const { accepted, refused } = parse(payload)
    expect(accepted).toEqual([])
    expect(refused.map((one) => one.reason)).toEqual([reason])
  })

  it('refuses a payload that names another device than its topic', () => {
    expect(reasonsOf({ deviceId: 'b', t: 1 }, 'a')).toEqual(['device-mismatch'])
    expect(reasonsOf({ readings: [{ deviceId: 'b', sensorType: 't', value: 1 }] }, 'a')).toEqual([
      'device-mismatch',
    ])
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(parseBytes(new Uint8Array([0x7b, 0xb0, 0x43])).refused).toMatchObject([{ reason: 'not-json' }])
  })

  it('leaves Object.prototype as it is', () => {
    parse('{"__proto__":{"polluted":1},"deviceId":"d","sensorType":"__proto__","value":1}')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('whatever comes', () => {
  const record = Compile(ReadingsRecord)
  const field = fc.oneof(fc.constantFrom('deviceId', 'timestamp', 'sensorType', 'value', 'unit'), fc.string())
  const scalar = fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constant(null), fc.integer(), fc.date())
  const element = fc.oneof(
    fc.dictionary(field, scalar),
    fc.record({ deviceId: fc.constant('d'), sensorType: fc.string(), value: fc.double(), timestamp: scalar }),
    fc.record({ deviceId: fc.constant('d'), readings: fc.array(fc.dictionary(field, scalar)) }),
  )

  function expectSound(parsed: ReturnType<typeof parse>) {
    expect(parsed.accepted.length + parsed.refused.length).toBeGreaterThan(0)
    for (const accepted of parsed.accepted) expect([...record.Errors(accepted)]).toEqual([])
    for (const refused of parsed.refused) expect(refused.detail.length).toBeLessThanOrEqual(512)
  }

  it('bytes never make it throw, and are accepted or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectSound(parseBytes(bytes, 'd'))))
  })

  it('JSON never makes it throw, and what is accepted fits the record’s schema', () => {
    fc.assert(fc.property(fc.json(), (text) => expectSound(parse(text, 'd'))))
    fc.assert(fc.property(fc.oneof(element, fc.array(element)), (said) => expectSound(parse(said, 'd'))))
    fc.assert(fc.property(fc.oneof(element, fc.array(element)), (said) => expectSound(parse(said))))
  })
})
