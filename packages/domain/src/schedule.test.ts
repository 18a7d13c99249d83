import type { WeeklySchedule } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Schedule } from './schedule.js'

function at(text: string): number {
  return Date.parse(`${text}:00Z`)
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}

const everyDay: WeeklySchedule['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

describe('a schedule', () => {
  // 2 March 2026 is a Monday
  it.each<[string, WeeklySchedule, string, boolean]>([
    [
      'begins with its first minute',
      { days: ['mon'], from: '08:00', to: '17:00', timeZone: 'UTC' },
      '2026-03-02T08:00',
      true,
    ],
    [
      'ends before its last',
      { days: ['mon'], from: '08:00', to: '17:00', timeZone: 'UTC' },
      '2026-03-02T17:00',
      false,
    ],
    [
      'is of its days',
      { days: ['tue'], from: '08:00', to: '17:00', timeZone: 'UTC' },
      '2026-03-02T09:00',
      false,
    ],
    [
      'is of its place',
      { days: ['mon'], from: '08:00', to: '17:00', timeZone: 'Asia/Ho_Chi_Minh' },
      '2026-03-02T01:00',
      true,
    ],
    [
      'has its days there',
      { days: ['tue'], from: '00:00', to: '06:00', timeZone: 'Asia/Ho_Chi_Minh' },
      '2026-03-02T18:00',
      true,
    ],
    [
      'goes on after midnight',
      { days: ['mon'], from: '22:00', to: '06:00', timeZone: 'UTC' },
      '2026-03-03T05:59',
      true,
    ],
    [
      'has no night before its first day',
      { days: ['mon'], from: '22:00', to: '06:00', timeZone: 'UTC' },
      '2026-03-02T05:59',
      false,
    ],
    [
      'has whole days',
      { days: ['mon'], from: '00:00', to: '00:00', timeZone: 'UTC' },
      '2026-03-02T23:59',
      true,
    ],
    ['that end', { days: ['mon'], from: '00:00', to: '00:00', timeZone: 'UTC' }, '2026-03-03T00:00', false],
    [
      'keeps to the clocks in summer',
      { days: everyDay, from: '08:00', to: '09:00', timeZone: 'Europe/Berlin' },
      '2026-07-01T06:30',
      true,
    ],
    [
      'and in winter',
      { days: everyDay, from: '08:00', to: '09:00', timeZone: 'Europe/Berlin' },
      '2026-01-01T06:30',
      false,
    ],
  ])('%s', (_, schedule, time, isInside) => {
    expect(new Schedule(schedule).includes(at(time))).toBe(isInside)
  })

  it('says when it begins next, over weekends and changes of the clocks', () => {
    const work: WeeklySchedule = {
      days: ['mon', 'fri'],
      from: '08:00',
      to: '17:00',
      timeZone: 'Europe/Berlin',
    }
    expect(iso(new Schedule(work).nextStart(at('2026-03-27T16:00')))).toBe('2026-03-30T06:00')
    // At 02:00 of 29 March clocks there go to 03:00.
    const night = new Schedule({ days: ['sun'], from: '02:30', to: '04:00', timeZone: 'Europe/Berlin' })
    expect(iso(night.nextStart(at('2026-03-28T12:00')))).toBe('2026-03-29T01:30')
    // An hour that there is not on that day.
    const gone = new Schedule({ days: ['sun'], from: '02:15', to: '02:45', timeZone: 'Europe/Berlin' })
    expect(iso(gone.nextStart(at('2026-03-28T12:00')))).toBe('2026-04-05T00:15')
  })

  it('knows whether it has held all the time', () => {
    const nights = new Schedule({ days: ['mon', 'tue'], from: '22:00', to: '06:00', timeZone: 'UTC' })
    expect(nights.lasts(at('2026-03-02T23:00'), at('2026-03-03T05:59'))).toBe(true)
    expect(nights.lasts(at('2026-03-02T23:00'), at('2026-03-03T23:00'))).toBe(false)
    const days = new Schedule({ days: ['mon', 'tue'], from: '00:00', to: '00:00', timeZone: 'UTC' })
    expect(days.lasts(at('2026-03-02T01:00'), at('2026-03-03T23:00'))).toBe(true)
    expect(days.lasts(at('2026-03-02T01:00'), at('2026-03-04T00:00'))).toBe(false)
    const always = new Schedule({ days: everyDay, from: '00:00', to: '00:00', timeZone: 'UTC' })
    expect(always.lasts(at('2026-03-02T01:00'), at('2026-04-02T01:00'))).toBe(true)
  })

  it('is as the calendar of the place has it, at any minute, changes of the clocks and all', () => {
    const time = fc.constantFrom('00:00', '01:30', '02:30', '08:00', '22:15')
    const anySchedule: fc.Arbitrary<WeeklySchedule> = fc.record({
      days: fc.subarray(everyDay, { minLength: 1 }),
      from: time,
      to: time,
      timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
    })
    const minute = fc
      .integer({ min: at('2026-01-01T00:00') / 60_000, max: at('2027-01-01T00:00') / 60_000 })
      .map((minutes) => minutes * 60_000)
    fc.assert(
      fc.property(anySchedule, minute, (schedule, ms) => {
        const { days, from, to, timeZone } = schedule
        const told = new Date(ms).toLocaleString('en-GB', {
          timeZone,
          weekday: 'short',
          hour: '2-digit',
          minute: '2-digit',
        })
        const [day = '', clock = ''] = told.toLowerCase().split(/[ ,]+/)
        const today = everyDay.indexOf(day as (typeof everyDay)[number])
        const isToday = days.includes(everyDay[today]!)
        const isYesterday = days.includes(everyDay[(today + 6) % 7]!)
        const isNight = to <= from
        const expected = isNight
          ? (isToday && clock >= from) || (isYesterday && clock < to)
          : isToday && clock >= from && clock < to
        expect({ told, is: new Schedule(schedule).includes(ms) }).toEqual({ told, is: expected })
      }),
      { numRuns: 300 },
    )
  })
})
