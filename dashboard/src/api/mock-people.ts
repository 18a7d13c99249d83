import type { Connection, ConnectionActivity, Notification, Role, User } from '@iot/contracts'

const MINUTE_MS = 60_000

export function mockUsers(nowMs: number): User[] {
  const made = (id: number, username: string, role: Role, more: Partial<User> = {}): User => ({
    id: `u${id}`,
    username,
    role,
    disabled: false,
    createdAt: new Date(nowMs - id * 40 * 24 * 60 * MINUTE_MS).toISOString(),
    ...more,
  })
  return [
    made(1, 'linh', 'admin'),
    made(2, 'an.nguyen', 'operator', { sites: ['Hanoi / Warehouse A', 'Hanoi / Warehouse B'] }),
    made(3, 'minh', 'user', { sites: ['Da Nang plant'] }),
    made(4, 'thu.tran@example.com', 'operator'),
    made(5, 'old-account', 'user', { disabled: true }),
  ]
}

export function mockConnections(nowMs: number): Connection[] {
  const made = (index: number, userId: string, username: string, role: Role): Connection => ({
    sessionId: `s${index}`,
    userId,
    username,
    role,
    replica: `ws-${(index % 2) + 1}`,
    since: new Date(nowMs - index * index * 11 * MINUTE_MS).toISOString(),
    address: index % 3 === 0 ? '2001:db8:85a3::8a2e:370:7334' : `203.0.113.${10 + index}`,
    transport: index === 4 ? 'polling' : 'websocket',
    subscriptions: index * 3 + 1,
    traffic: { framesSent: index * 812, bytesSent: index * index * 184_000, bytesReceived: index * 2_100 },
  })
  return [
    made(1, 'u1', 'linh', 'admin'),
    made(2, 'u1', 'linh', 'admin'),
    made(3, 'u2', 'an.nguyen', 'operator'),
    made(4, 'u3', 'minh', 'user'),
    made(5, 'u4', 'thu.tran@example.com', 'operator'),
  ]
}

export function activityOf(
  kind: ConnectionActivity['kind'],
  username: string,
  minutesAgo: number,
  more: Partial<ConnectionActivity> = {},
): ConnectionActivity {
  return {
    kind,
    username,
    userId: username,
    role: 'user',
    timestamp: new Date(Date.now() - minutesAgo * MINUTE_MS).toISOString(),
    ...more,
  }
}

export function mockActivity(): ConnectionActivity[] {
  return [
    activityOf('joined', 'linh', 1, { role: 'admin' }),
    activityOf('left', 'old-account', 7),
    activityOf('closed', 'minh', 9, { reason: 'slow consumer' }),
    activityOf('joined', 'an.nguyen', 99, { role: 'operator' }),
    activityOf('joined', 'minh', 171),
  ]
}

export function mockNotice(facts: Partial<Notification>, minutesAgo: number, nowMs: number): Notification {
  return {
    id: `n${nowMs}-${minutesAgo}`,
    type: 'info',
    message: '',
    timestamp: new Date(nowMs - minutesAgo * MINUTE_MS).toISOString(),
    ...facts,
  }
}

export function mockNotices(nowMs: number): Notification[] {
  return [
    mockNotice(
      {
        type: 'warning',
        title: 'Maintenance tonight',
        message: 'pump-2 and tank-1 are off from 22:00 to 23:30.\nTheir values will be missing.',
        from: 'linh',
      },
      14,
      nowMs,
    ),
    mockNotice(
      { type: 'error', message: 'The archive was away for 3 minutes. Nothing was lost.' },
      190,
      nowMs,
    ),
    mockNotice(
      {
        type: 'success',
        title: 'Firmware 1.3.2',
        message: 'All office sensors run it now.',
        from: 'an.nguyen',
        read: true,
      },
      60 * 26,
      nowMs,
    ),
    ...Array.from({ length: 40 }, (_, index) =>
      mockNotice(
        { message: `Weekly report ${40 - index} is ready.`, read: true },
        60 * 24 * 7 * (index + 1),
        nowMs,
      ),
    ),
  ]
}
