import type { Credential, DeadLetter, Device, SystemStatus } from '@iot/contracts'
import { json, type MockRequest, problem } from './mock-answers.js'
import type { MockDevice, MockScene, MockWorld } from './mock-world.js'

type Answer = Response | Promise<Response>

const RAW_LIMIT = 100

/** A part of the API in a file of its own. */
export interface MockPart {
  /** Undefined: not its matter. */
  answer(request: MockRequest): Answer | undefined
}

/** The REST API of the mock's fleet, as a `fetch`. Unknown paths are 404, as outside. */
export function createMockFetch({
  world,
  scene,
  parts,
}: {
  world: MockWorld
  scene: MockScene
  /** asked first, in this order */
  parts: readonly MockPart[]
}): typeof fetch {
  return async (input, init) => {
    const url = new URL(String(input), location.origin)
    const request: MockRequest = {
      method: init?.method ?? 'GET',
      path: url.pathname.replace(/^\/api/, ''),
      query: url.searchParams,
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : {},
    }
    for (const part of parts) {
      const answered = part.answer(request)
      if (answered !== undefined) return answered
    }
    return answer(request, world, scene)
  }
}

function answer(request: MockRequest, world: MockWorld, scene: MockScene): Answer {
  const { method, path } = request
  if (path === '/system/status') return json(systemStatus(world))
  if (path === '/system/dead-letters')
    return scene === 'empty' ? json({ items: [] }) : json({ items: deadLetters() })
  if (path === '/sensors/mqtt-status') return json({ connected: scene !== 'error' })
  if (path === '/devices' && method === 'GET') return deviceList(request, world, scene)
  if (path === '/devices' && method === 'POST') return createDevice(request, world)
  const [, deviceId, part] = /^\/devices\/([^/]+)(?:\/(\w+))?/.exec(path) ?? []
  const model = deviceId === undefined ? undefined : world.devices.get(decodeURIComponent(deviceId))
  if (model === undefined) return problem(404, 'NOT_FOUND', 'There is no such thing')
  if (part === undefined) return device(request, model, world)
  if (part === 'latest') return json({ items: world.latest(model, Date.now()) })
  if (part === 'readings') return history(request, model, world)
  return credentials(request, model)
}

function deviceList({ query }: MockRequest, world: MockWorld, scene: MockScene): Answer {
  if (scene === 'loading') return new Promise(() => undefined)
  if (scene === 'error') return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
  if (scene === 'forbidden') return problem(403, 'FORBIDDEN', 'Your role may not do this')
  const start = Number(query.get('cursor') ?? 0)
  if (scene === 'partial' && start > 0)
    return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
  const limit = scene === 'partial' ? 20 : Number(query.get('limit') ?? 100)
  const models = [...world.devices.values()]
  const items = models.slice(start, start + limit).map((model) => world.present(model, Date.now()))
  return json({ items, ...(start + limit < models.length && { nextCursor: String(start + limit) }) })
}

function createDevice({ body }: MockRequest, world: MockWorld): Response {
  const deviceId = String(body.deviceId)
  if (world.devices.has(deviceId)) return problem(409, 'CONFLICT', 'It exists already')
  const made: Device = {
    ...(body as Partial<Device>),
    deviceId,
    name: String(body.name ?? deviceId),
    status: 'unknown',
    tags: [],
    attributes: {},
    createdAt: new Date().toISOString(),
    sensors: [],
  }
  world.devices.set(deviceId, { device: made, sensors: [], intervalMs: 1_000, never: true })
  return json(made, 201)
}

function device({ method, body }: MockRequest, model: MockDevice, world: MockWorld): Response {
  if (method === 'DELETE') {
    world.devices.delete(model.device.deviceId)
    return new Response(null, { status: 204 })
  }
  if (method === 'PATCH') model.device = { ...model.device, ...(body as Partial<Device>) }
  return json(world.present(model, Date.now()))
}

function history({ query }: MockRequest, model: MockDevice, world: MockWorld): Answer {
  const sentinel = /^state-(.+)$/.exec(model.device.deviceId)?.[1]
  if (sentinel === 'loading') return new Promise(() => undefined)
  if (sentinel === 'empty' || model.never) return json({ items: [] })
  if (sentinel === 'error') return problem(500, 'INTERNAL', 'Something failed here')
  if (sentinel === 'forbidden') return problem(403, 'FORBIDDEN', 'Your role may not do this')
  if (sentinel === 'too-much') return problem(422, 'RANGE_TOO_LARGE', 'The range holds too many readings')
  const toMs = Math.min(Date.now(), timeOf(query.get('to')) ?? Date.now())
  const fromMs = timeOf(query.get('from')) ?? toMs - 86_400_000
  const wanted = query.get('sensorType')
  const sensors = model.sensors.filter((sensor) => wanted === null || sensor.sensorType === wanted)
  const points = query.get('maxPoints')
  if (points !== null || query.has('bucket')) {
    const widthMs =
      bucketMs(query.get('bucket')) ??
      Math.max(1_000, Math.ceil((toMs - fromMs) / Number(points ?? 288) / 1_000) * 1_000)
    return json({ items: sensors.flatMap((sensor) => world.buckets(model, sensor, fromMs, toMs, widthMs)) })
  }
  const limit = Number(query.get('limit') ?? RAW_LIMIT)
  const startMs = Number(query.get('cursor') ?? fromMs)
  const endMs = Math.min(toMs, model.silentSinceMs ?? toMs)
  const items = []
  let atMs = startMs - (startMs % model.intervalMs) + model.intervalMs
  for (; atMs <= endMs && items.length + sensors.length <= limit; atMs += model.intervalMs) {
    items.push(...sensors.map((sensor) => world.readingAt(model, sensor, atMs)))
  }
  return json({ items, ...(atMs <= endMs && { nextCursor: String(atMs - model.intervalMs) }) })
}

function credentials({ method, path, body }: MockRequest, model: MockDevice): Response {
  if (method === 'DELETE') {
    made.delete(path.split('/').at(-1) ?? '')
    return new Response(null, { status: 204 })
  }
  if (method === 'GET') {
    return json({ items: [...made.values()].filter((each) => each.deviceId === model.device.deviceId) })
  }
  const credential: Credential = {
    id: `c${made.size + 1}`,
    deviceId: model.device.deviceId,
    kind: body.kind === 'gateway' ? 'gateway' : 'device',
    username: `${model.device.deviceId}-${made.size + 1}`,
    createdAt: new Date().toISOString(),
  }
  made.set(credential.id, credential)
  return json({ ...credential, password: 'q7Yt-0kLm-93Xa-Vb2e' }, 201)
}

const made = new Map<string, Credential>()

function systemStatus(world: MockWorld): SystemStatus {
  return {
    status: 'degraded',
    timestamp: new Date().toISOString(),
    uptime: 93_784,
    version: '0.1.0',
    services: {
      'data-ingestion': 'healthy',
      'websocket-service': 'healthy',
      'api-gateway': 'healthy',
      archive: 'degraded',
    },
    metrics: {
      activeDevices: world.devices.size - 3,
      totalDevices: world.devices.size,
      dataPointsPerMinute: 1_204,
      activeAlerts: 0,
    },
  }
}

function deadLetters(): DeadLetter[] {
  const receivedAt = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  return [
    {
      id: '0:41',
      reason: 'not-json',
      detail: 'Unexpected end of JSON input at 41',
      topic: 'sensor/data',
      clientId: 'esp32-lab',
      receivedAt: receivedAt(3),
      payload: '{"deviceId":"ESP32_01","temperature":25.5,',
      state: 'new',
    },
    {
      id: '0:40',
      reason: 'device-mismatch',
      detail: 'the topic says pump-2, the payload pump-3',
      topic: 'devices/pump-2/telemetry',
      receivedAt: receivedAt(61),
      payload: '{"deviceId":"pump-3","pressure":3.1}',
      state: 'new',
    },
    {
      id: '0:37',
      reason: 'not-json',
      detail: 'not UTF-8',
      topic: 'sensor/data',
      receivedAt: receivedAt(60 * 26),
      payloadBase64: 'AP8Q/w==',
      state: 'discarded',
    },
  ]
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function bucketMs(text: string | null): number | undefined {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text ?? '') ?? []
  return count === undefined ? undefined : Number(count) * UNIT_MS[unit]!
}

function timeOf(text: string | null): number | undefined {
  const ms = text === null ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
