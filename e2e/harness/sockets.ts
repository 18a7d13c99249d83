import { until } from '@iot/testkit'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import type { System } from './system.js'

export type Transport = 'websocket' | 'polling'

/** A stock client, welcomed. It comes back by itself, as in a browser. */
export async function openSocket(
  system: Pick<System, 'url'>,
  token: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<Socket> {
  const socket = io(system.url, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 1_000,
    ...options,
  })
  let welcomed = false
  socket.once('welcome', () => {
    welcomed = true
  })
  await until('the socket is welcomed', () => welcomed, { withinMs: 60_000 }).catch((error) => {
    socket.disconnect()
    throw error
  })
  return socket
}

/** Calls with a callback; rejects when no answer comes within a minute. */
export async function ask<Answer>(socket: Socket, event: string, ...args: unknown[]): Promise<Answer> {
  return (await socket.timeout(60_000).emitWithAck(event, ...args)) as Answer
}

/** Keeps every body that comes under each of these names. */
export function gather<Body>(socket: Socket, names: readonly string[]): Record<string, Body[]> {
  const bodies: Record<string, Body[]> = {}
  for (const name of names) {
    const list: Body[] = []
    bodies[name] = list
    socket.on(name, (body: Body) => list.push(body))
  }
  return bodies
}
