import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  CLIENT_EVENT_NOTES,
  CLIENT_EVENTS,
  Reading,
  SERVER_EVENT_NOTES,
  SERVER_EVENTS,
  Welcome,
} from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import type { AsyncApiDocument } from './asyncapi.js'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

const specification = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.1.0-without-$id.json')

let gateway: OpenGateway
let document: AsyncApiDocument
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })

beforeAll(async () => {
  gateway = await openGateway()
  document = (await gateway.ask('GET', '/api/docs/events')).body
  ajv.addSchema({ $id: 'events', ...document })
})
afterAll(() => gateway.close())

function titles(action: 'send' | 'receive'): string[] {
  return Object.values(document.operations)
    .filter((operation) => operation.action === action)
    .map(({ title }) => title)
}

function payload(message: string) {
  return ajv.getSchema(`events#/components/messages/${message}/payload`)!
}

describe('the AsyncAPI document', () => {
  it('keeps the specification of its version', () => {
    const isValid = ajv.compile(JSON.parse(readFileSync(specification, 'utf8')))
    expect(document.asyncapi).toBe('3.1.0')
    expect([isValid(document), isValid.errors]).toEqual([true, null])
    expect(isValid({ ...document, operations: { bad: { action: 'shout' } } })).toBe(false)
  })

  it('has every event of the contract and no other', () => {
    expect(titles('receive')).toEqual(Object.keys(CLIENT_EVENTS))
    expect(titles('send')).toEqual([...Object.keys(SERVER_EVENTS), 'connect_error'])
    const ids = Object.keys(document.components.messages)
    expect(ids).toHaveLength(2 * titles('receive').length + titles('send').length)
  })

  it('says of every event what it is for', () => {
    expect(Object.keys(CLIENT_EVENT_NOTES).sort()).toEqual(Object.keys(CLIENT_EVENTS).sort())
    expect(Object.keys(SERVER_EVENT_NOTES).sort()).toEqual(Object.keys(SERVER_EVENTS).sort())
  })

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path]) => path!,
    )
    expect(references.length).toBeGreaterThan(50)
    for (const reference of references) {
      const target = reference
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
      expect([reference, target]).not.toEqual([reference, undefined])
    }
  })

  it('has schemas that take what the contract takes and refuse what it refuses', () => {
    const reading = {
      deviceId: 'd',
      sensorType: 't',
      value: 1,
      timestamp: '2026-01-01T00:00:00.000Z',
      status: 'normal',
    }
    expect(payload('sensorReading')(reading)).toBe(true)
    expect(payload('sensorReading')({ ...reading, value: 'warm' })).toBe(false)
    const subscribe = payload('subscribeDevice')
    expect(subscribe(['d', { batch: { everyMs: 100 } }])).toBe(true)
    expect(subscribe(['d'])).toBe(true)
    for (const bad of [[], ['a/b'], ['d', { batch: { everyMs: 1 } }], ['d', {}, 'more']]) {
      expect([bad, subscribe(bad)]).toEqual([bad, false])
    }
    expect(payload('ping')([])).toBe(true)
    expect(payload('ping')(['x'])).toBe(false)
  })

  it('holds the schemas of the code itself', () => {
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Reading', 'Welcome']))
    const required = (schema: unknown) => (schema as { required: string[] }).required
    expect(required(document.components.schemas.Reading)).toEqual(required(Reading))
    expect(required(document.components.schemas.Welcome)).toEqual(required(Welcome))
  })
})

describe('the page of the events', () => {
  it('is what a browser gets: without a script, and with a style of its own', async () => {
    const page = await fetch(`${gateway.url}/api/docs/events`, { headers: { accept: 'text/html,*/*' } })
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('vary')).toMatch(/accept/i)
    const html = await page.text()
    for (const event of [...Object.keys(CLIENT_EVENTS), ...Object.keys(SERVER_EVENTS)]) {
      expect(html).toContain(`<h3>${event} `)
    }
    expect(html).not.toMatch(/<script|style=/)
    for (const [, target] of html.matchAll(/href="([^"]+)"/g)) {
      const linked = await fetch(new URL(target!, gateway.url))
      expect([target, linked.status]).toEqual([target, 200])
      await linked.arrayBuffer()
    }
  })
})
