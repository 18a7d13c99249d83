import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Asked, contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let token: string

beforeAll(async () => {
  gateway = await openGateway({
    environment: { RATE_LIMIT_MAX_REQUESTS: '1000000', USER_RATE_LIMIT_PER_MINUTE: '1000000' },
  })
  token = await gateway.tokenOf('admin')
  await gateway.devices.create({ deviceId: 'd1' })
})
afterAll(() => gateway.close())

describe('a problem', () => {
  it('has a type, a title, a code, the id of its request and the fields that are wrong', async () => {
    const { body, headers } = await gateway.ask('POST', '/api/devices', {
      token,
      body: { deviceId: 'no spaces please', tags: ['ok', 7], colour: 'red' },
    })
    expect(body).toMatchObject({
      type: 'urn:iot-monitoring:error:VALIDATION_FAILED',
      title: 'The request has invalid fields',
      status: 400,
      code: 'VALIDATION_FAILED',
      requestId: headers.get('x-request-id'),
    })
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { field: 'colour', message: 'is not a known field', code: 'UNKNOWN_FIELD' },
        expect.objectContaining({ field: 'deviceId', message: expect.stringContaining('must match') }),
        { field: 'tags.1', message: 'must be string', code: 'WRONG_TYPE', params: { type: 'string' } },
      ]),
    )
  })

  it('names what is missing and what may be chosen', async () => {
    const missing = await gateway.ask('POST', '/api/auth/login', { body: {} })
    expect(missing.body.errors).toEqual([
      { field: 'username', message: 'is missing', code: 'MISSING' },
      { field: 'password', message: 'is missing', code: 'MISSING' },
    ])
    const choice = await gateway.ask('POST', '/api/devices/d1/credentials', { token, body: { kind: 'king' } })
    expect(choice.body.errors).toMatchObject([{ field: 'kind', message: 'must be one of device, gateway' }])
  })

  it('shows how a duration is written', async () => {
    const { body } = await gateway.ask('GET', '/api/devices/d1/readings?bucket=soon', { token })
    expect(body.errors).toMatchObject([{ field: 'bucket', code: 'NO_DURATION' }])
    expect(body.detail).toBe('bucket: write a duration such as 90s, 5m, 2h or 1d')
  })

  it('turns no text of a body into a number', async () => {
    const { body } = await gateway.ask('POST', '/api/auth/login', {
      body: { username: 'a', password: 'b', cookie: 'false' },
    })
    expect(body.errors).toMatchObject([{ field: 'cookie', message: 'must be boolean' }])
  })

  it.each<[string, Asked, number, string]>([
    ['a body that is no JSON', { body: '{' }, 400, 'BAD_REQUEST'],
    ['a body with a poisoned prototype', { body: '{"__proto__":{"x":1}}' }, 400, 'BAD_REQUEST'],
    ['a body that is no object', { body: '[]' }, 400, 'VALIDATION_FAILED'],
    ['no body', { headers: { 'content-type': 'application/json' } }, 400, 'VALIDATION_FAILED'],
    ['plain text', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a body that is too large', { body: { username: 'x'.repeat(70_000) } }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('answers %s', async (_, asked, status, code) => {
    const answer = await gateway.ask('POST', '/api/auth/login', asked)
    expect(answer.status).toBe(status)
    expect(answer.body.code).toBe(code)
  })

  it.each([
    '/api',
    '/api/',
    '/api/nothing',
    '/nothing',
    '/api/devices/%zz',
    `/api/devices/${'x'.repeat(600)}`,
  ])('answers what is not there: %s', async (path) => {
    const { status, body } = await gateway.ask('GET', path, { token })
    expect([400, 404]).toContain(status)
    expect(['NOT_FOUND', 'BAD_REQUEST', 'VALIDATION_FAILED']).toContain(body.code)
  })

  it('says nothing of what failed inside', async () => {
    const broken = await openGateway({
      deps: {
        devices: {
          ...gateway.devices,
          list: () => Promise.reject(new Error('password of the database is hunter2')),
        },
      },
    })
    try {
      const answer = await broken.ask('GET', '/api/devices', { token: await broken.tokenOf('user') })
      expect(answer.status).toBe(500)
      expect(answer.body.code).toBe('INTERNAL')
      expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|at /)
    } finally {
      await broken.close()
    }
  })
})

describe('garbage', () => {
  const anything = fc.oneof(
    fc.json({ maxDepth: 3 }),
    fc.string({ maxLength: 200 }),
    fc.constantFrom('null', '0', '""', '[[[[', '{"a":1e999}', '{"username":{"$gt":""},"password":[]}'),
  )
  const headerText = fc.stringMatching(/^[ -~]{0,60}$/)
  const pathText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text))

  it.each(contracts.map((contract) => `${contract.method} ${contract.path}`))(
    'at %s is never an error of the server',
    async (key) => {
      const [method, pattern] = key.split(' ') as [string, string]
      await fc.assert(
        fc.asyncProperty(anything, pathText, pathText, headerText, async (body, part, query, header) => {
          const path = pattern.replace(/\{\w+\}/g, () => part || 'x')
          const answer = await gateway.ask(method, `${path}?${query}=${query}&limit=${part}`, {
            token,
            ...(method !== 'GET' && { body }),
            headers: { origin: header, 'x-forwarded-for': header, accept: header, cookie: header },
          })
          expect(answer.status).toBeLessThan(500)
        }),
        { numRuns: 10 },
      )
    },
  )

  it.each([
    '\r\n\r\n',
    'GET\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  ])('on the wire ends that connection alone: %j', async (bytes) => {
    const { port } = gateway.server.address() as net.AddressInfo
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    // Where the rest of what was sent had not been read, the end is a reset.
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    socket.write(bytes)
    socket.end()
    await closed
    expect((await gateway.ask('GET', '/api/setup')).status).toBe(200)
  })
})
