import type { NotificationChannel } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { channelFaults, fieldsOf, patchOf, requestOf } from './channel-form.js'

const ntfy: NotificationChannel = {
  id: '1',
  name: 'Phones',
  kind: 'ntfy',
  enabled: true,
  settings: { topic: 'plant', server: 'https://ntfy.example.com', token: { set: true } },
  route: { severities: ['critical'], sites: ['Hanoi'] },
  group: '30s',
  quietCritical: false,
  revision: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
}

describe('the form of a channel', () => {
  it('makes a request of the settings of its kind, and of no other', () => {
    const fields = {
      ...fieldsOf(undefined, 'UTC'),
      name: ' Us ',
      kind: 'email' as const,
      settings: { to: 'a@b.vn\n\n c@d.vn ', url: 'https://left.over' },
    }
    expect(requestOf(fields)).toMatchObject({
      name: 'Us',
      kind: 'email',
      settings: { to: ['a@b.vn', 'c@d.vn'] },
      route: { transitions: ['opened', 'closed'] },
    })
    expect(requestOf(fields).settings).not.toHaveProperty('url')
    expect(requestOf(fields)).not.toHaveProperty('quietHours')
  })

  it('leaves a secret alone that was not typed again, and takes an emptied setting away', () => {
    const fields = fieldsOf(ntfy, 'UTC')
    expect(fields.settings).toEqual({ topic: 'plant', server: 'https://ntfy.example.com' })
    expect(patchOf({ ...fields, settings: { topic: 'plant', server: '' } }, ntfy)).toMatchObject({
      settings: { topic: 'plant', server: null },
      route: { severities: ['critical'], sites: ['Hanoi'] },
      quietHours: null,
      revision: 3,
    })
    expect(patchOf(fields, ntfy).settings).not.toHaveProperty('token')
  })

  it('says at which field something is missing; a secret that is set is not', () => {
    expect(channelFaults({ ...fieldsOf(undefined, 'UTC'), group: '2h' }, undefined)).toEqual({
      name: 'needed',
      'settings.url': 'needed',
      'settings.secret': 'needed',
      group: 'duration',
    })
    expect(channelFaults(fieldsOf(ntfy, 'UTC'), ntfy)).toEqual({})
  })
})
