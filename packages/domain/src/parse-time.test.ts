import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isoTime } from './iso-time.js'
import { isWrittenTime, parseTime } from './parse-time.js'

const MOMENT = Date.UTC(2024, 10, 13, 10, 0, 0)

describe('parseTime', () => {
  it.each([
    ['2024-11-13T10:00:00Z', MOMENT],
    ['2024-11-13T10:00:00.250Z', MOMENT + 250],
    ['2024-11-13T10:00:00.123456Z', MOMENT + 123],
    ['2024-11-13T10:00:00,5Z', MOMENT + 500],
    ['2024-11-13T17:00:00+07:00', MOMENT],
    ['2024-11-13T17:00:00+0700', MOMENT],
    ['2024-11-13T17:00:00+07', MOMENT],
    ['2024-11-13T05:30:00-04:30', MOMENT],
    ['2024-11-13T10:00:00', MOMENT],
    ['2024-11-13 10:00:00', MOMENT],
    ['2024-11-13T10:00', MOMENT],
    ['20241113T100000Z', MOMENT],
    ['2024-11-13', Date.UTC(2024, 10, 13)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    [MOMENT, MOMENT],
    [MOMENT / 1_000, MOMENT],
    [MOMENT / 1_000 + 0.25, MOMENT + 250],
    [String(MOMENT), MOMENT],
    [String(MOMENT / 1_000), MOMENT],
    [0, 0],
  ])('reads %j', (said, expected) => {
    expect(parseTime(said)).toBe(expected)
  })

  it.each([
    '',
    'now',
    'Nov 13 2024',
    '2024-13-01T00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-11-13T24:00:00Z',
    '2024-11-13T10:60:00Z',
    '2024-11-13T10:00:0xZ',
    '2024-11-13T10:00:00+99:00',
    '99999999999999999',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e18,
    true,
    null,
    undefined,
    {},
    [1],
  ])('takes %j for no time', (said) => {
    expect(parseTime(said)).toBeUndefined()
  })

  it('reads back every time that JavaScript writes, of years with four digits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59Z') }),
        (ms) => {
          expect(parseTime(new Date(ms).toISOString())).toBe(ms)
        },
      ),
    )
  })

  it('answers the same whatever it was asked before', () => {
    const asked = [
      ['2026-01-01T00:00:00.000Z', Date.UTC(2026, 0, 1)],
      ['2026-01-01T00:00:00.001Z', Date.UTC(2026, 0, 1) + 1],
      ['2026-01-02T00:00:00.000Z', Date.UTC(2026, 0, 2)],
      ['2026-02-30T00:00:00.000Z', undefined],
      ['0026-01-01T00:00:00.000Z', Date.parse('0026-01-01T00:00:00.000Z')],
      ['2026-01-01 00:00', Date.UTC(2026, 0, 1)],
      ['never', undefined],
    ] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...asked), { maxLength: 30 }), (order) => {
        expect(order.map(([text]) => parseTime(text))).toEqual(order.map(([, ms]) => ms))
      }),
    )
  })

  it('never throws, and answers a time that a Date can hold', () => {
    fc.assert(
      fc.property(fc.anything(), (said) => {
        const time = parseTime(said)
        expect(time === undefined || !Number.isNaN(new Date(time).getTime())).toBe(true)
      }),
    )
  })
})

describe('isWrittenTime', () => {
  it('holds only for texts that writing their time again would not change', () => {
    const texts = fc.oneof(
      fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString()),
      fc
        .tuple(fc.constantFrom('2026-01-01T00:00:00.000Z', '2016-12-31T23:59:60.000Z'), fc.nat(23))
        .chain(([text, at]) =>
          fc
            .constantFrom('0', '6', ',', ' ', 'z', 't', '+', ':')
            .map((other) => text.slice(0, at) + other + text.slice(at + 1)),
        ),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const ms = parseTime(text)
        if (ms !== undefined && isWrittenTime(text)) expect(isoTime(ms)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
    expect(isWrittenTime('2026-01-01T00:00:00.000Z')).toBe(true)
    expect(isWrittenTime('2026-01-01T00:00:60.000Z')).toBe(false)
  })
})
