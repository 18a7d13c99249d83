import {
  CLIENT_EVENT_NOTES,
  CLIENT_EVENTS,
  type ClientEvent,
  type ClientEventNote,
  SERVER_EVENT_NOTES,
  SERVER_EVENTS,
  type ServerEvent,
  type ServerEventNote,
} from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Body, Client } from './testing/harness.js'
import { CLIENT_ROWS, DEVICES, SERVER_ROWS, type ServerRow } from './testing/matrix-rows.js'
import {
  FOREIGN,
  hasRole,
  MARKER,
  PEOPLE,
  type Person,
  sees,
  startWorld,
  type World,
} from './testing/matrix-world.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

/** All that people limited to a site were ever sent, or answered. */
const toLimited: string[] = []

const eventOf = (row: string) => row.split(' ')[0] as ServerEvent

function namesDevice(body: Body, deviceId: string): boolean {
  const bodies = [body, ...(body.readings ?? []), ...((body.alerts ?? []) as Body[])]
  // An alert about a site names the device in its message, as these tests make it.
  return bodies.some((one) => one.deviceId === deviceId || ('message' in one && one.message === deviceId))
}

async function connectAll(row?: ServerRow): Promise<[Person, Client][]> {
  const connect = row?.connect ?? ((where: World, person: Person) => where.connect(person))
  return Promise.all(
    PEOPLE.map(async (person): Promise<[Person, Client]> => [person, await connect(world, person)]),
  )
}

function leave(clients: readonly [Person, Client][]): void {
  for (const [{ isLimited }, { socket, received }] of clients) {
    if (isLimited) toLimited.push(...received.map((one) => JSON.stringify(one)))
    socket.disconnect()
  }
}

describe('the matrix of roles, events and devices', () => {
  it('has a row for every event of the contract, and for no other', () => {
    expect(Object.keys(CLIENT_ROWS).sort()).toEqual(Object.keys(CLIENT_EVENTS).sort())
    expect([...new Set(Object.keys(SERVER_ROWS).map(eventOf))].sort()).toEqual(
      Object.keys(SERVER_EVENTS).sort(),
    )
  })

  it.each(Object.keys(CLIENT_ROWS))('%s is answered by role and by sight', async (event) => {
    const { about, args, isRefused } = CLIENT_ROWS[event]!
    const { role, answer: schema } = CLIENT_EVENT_NOTES[event as ClientEvent] as ClientEventNote
    const clients = await connectAll()
    for (const [person, client] of clients) {
      for (const deviceId of DEVICES) {
        const answer = await client.call(event, ...(await args({ world, person, deviceId })))
        const at = [person.name, deviceId]
        if (!hasRole(person, role) || isRefused?.(person))
          expect([...at, answer.code]).toEqual([...at, 'FORBIDDEN'])
        else if (about === 'device' && !sees(person, deviceId)) {
          expect([...at, answer.code]).toEqual([...at, 'NOT_FOUND'])
        } else expect([...at, ...Value.Errors(schema, answer)]).toEqual(at)
        if (person.isLimited) toLimited.push(JSON.stringify(answer))
      }
    }
    leave(clients)
  })

  const rows = Object.entries(SERVER_ROWS)
  it.each(rows.filter(([, { about }]) => about === 'device'))(
    '%s comes to who may see the device',
    async (name, row) => {
      const event = eventOf(name)
      const isFor = row.isFor ?? ((person) => hasRole(person, noteOf(event).role))
      for (const deviceId of DEVICES) {
        const clients = await connectAll()
        for (const [, client] of clients) {
          for (const call of row.asks?.(deviceId) ?? []) await client.call(...call)
        }
        const [person, client] = clients[0]!
        await row.cause({ world, client, person, deviceId })
        await row.cause({ world, client, person, deviceId: MARKER })
        const hears = ([one]: [Person, Client]) => isFor(one)
        const came = (one: Client, id: string) => one.bodies(event).some((body) => namesDevice(body, id))
        expect(clients.some(hears)).toBe(true)
        await until('the marker', () => clients.filter(hears).every(([, one]) => came(one, MARKER)))
        for (const [one, { call }] of clients)
          expect([one.name, await call('ping')]).toMatchObject([one.name, { ok: true }])
        const told = clients.filter(([, one]) => came(one, deviceId)).map(([{ name: who }]) => who)
        const entitled = clients.filter(([one]) => isFor(one) && sees(one, deviceId))
        expect([deviceId, told]).toEqual([deviceId, entitled.map(([{ name: who }]) => who)])
        expectBodies(event, clients)
        leave(clients)
      }
    },
  )

  it.each(rows.filter(([, { about }]) => about === 'nothing'))(
    '%s comes to whom it is for',
    async (name, row) => {
      const event = eventOf(name)
      const isFor = row.isFor ?? ((person) => hasRole(person, noteOf(event).role))
      const clients = await connectAll(row)
      for (const [person, client] of row.isOnce ? clients.slice(0, 1) : clients) {
        await row.cause({ world, client, person, deviceId: MARKER })
      }
      const isTold = ([, client]: [Person, Client]) => client.bodies(event).some(row.isMeant ?? (() => true))
      const hearing = clients.filter(([person]) => isFor(person))
      expect(hearing.length).toBeGreaterThan(0)
      await until(event, () => hearing.every(isTold))
      await markerFor(event, row, clients)
      const told = clients.filter(isTold)
      expect(told.map(([{ name: who }]) => who)).toEqual(hearing.map(([{ name: who }]) => who))
      expectBodies(event, clients)
      leave(clients)
    },
  )

  it('has told nobody of a device out of their sight', () => {
    expect(toLimited.length).toBeGreaterThan(100)
    expect(toLimited.filter((text) => text.includes(FOREIGN))).toEqual([])
  })
})

/** What was written before it has come before it. */
async function markerFor(event: ServerEvent, row: ServerRow, clients: readonly [Person, Client][]) {
  const { isMarker } = row
  if (isMarker) await until('the marker', () => clients.every(([, one]) => one.bodies(event).some(isMarker)))
  await Promise.all(clients.map(([, one]) => Promise.race([one.call('ping'), ended(one)])))
}

function ended({ socket }: Client): Promise<void> {
  return new Promise((resolve) => {
    if (socket.connected) socket.once('disconnect', () => resolve())
    else resolve()
  })
}

function noteOf(event: ServerEvent): ServerEventNote {
  return SERVER_EVENT_NOTES[event]
}

function expectBodies(event: ServerEvent, clients: readonly [Person, Client][]): void {
  const schema: TSchema = SERVER_EVENTS[event]
  for (const [, client] of clients) {
    for (const body of client.bodies(event)) expect([body, ...Value.Errors(schema, body)]).toEqual([body])
  }
}
