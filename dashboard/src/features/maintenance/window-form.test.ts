import { describe, expect, it } from '@jest/globals'
import { covers, faultsOf, type WindowFields, windowOf } from './window-form.js'

const nowMs = Date.parse('2026-03-01T10:00:00.000Z')
const fields: WindowFields = {
  about: 'device',
  deviceId: ' d1 ',
  site: 'left over',
  from: '2026-03-01T10:00',
  to: '2026-03-01T12:00',
  reason: '  ',
}

describe('the form of a maintenance window', () => {
  it('is about a device or a site, in the viewer’s zone or UTC', () => {
    expect(windowOf(fields, true)).toEqual({
      deviceId: 'd1',
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-01T12:00:00.000Z',
    })
    expect(windowOf({ ...fields, about: 'site', site: 'Hanoi', reason: 'seals' }, true)).toMatchObject({
      site: 'Hanoi',
      reason: 'seals',
    })
  })

  it('says what is missing, and what the domain finds wrong with its times', () => {
    expect(faultsOf({ ...fields, deviceId: '', from: '' }, true, nowMs)).toEqual({
      deviceId: 'needed',
      from: 'needed',
    })
    expect(faultsOf({ ...fields, to: '2026-03-01T09:00' }, true, nowMs)).toHaveProperty('to')
    expect(faultsOf(fields, true, nowMs)).toEqual({})
  })

  it('covers a device by its id or its site, while it lasts', () => {
    const device = { deviceId: 'd1', site: 'Hanoi' }
    const span = { from: '2026-03-01T10:00:00Z', to: '2026-03-01T12:00:00Z' }
    expect(covers({ deviceId: 'd1', ...span }, device, nowMs)).toBe(true)
    expect(covers({ site: 'Hanoi', ...span }, device, nowMs)).toBe(true)
    expect(covers({ deviceId: 'd2', ...span }, device, nowMs)).toBe(false)
    expect(covers({ deviceId: 'd1', ...span }, device, nowMs - 1)).toBe(false)
    expect(covers({ deviceId: 'd1', ...span }, device, Date.parse(span.to))).toBe(false)
  })
})
