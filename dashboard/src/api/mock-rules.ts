import type {
  AlertRule,
  AlertRuleRequest,
  MaintenanceWindow,
  MaintenanceWindowRequest,
  PreviewEpisode,
  RuleFilesAnswer,
} from '@iot/contracts'
import { done, json, type MockRequest, problem } from './mock-answers.js'
import type { MockPart } from './mock-fetch.js'
import type { MockScene, MockWorld } from './mock-world.js'

const HOUR_MS = 3_600_000
const MOST_DEVICES = 20
/** Values of a device that a preview looks at: as many as a person would wait for. */
const MOST_VALUES = 2_000

interface Shelf {
  readonly world: MockWorld
  readonly scene: MockScene
  rules: AlertRule[]
  windows: MaintenanceWindow[]
}

/** Alert rules, their preview, and maintenance windows. */
export function createMockRules({ world, scene }: { world: MockWorld; scene: MockScene }): MockPart {
  const bare = scene === 'empty'
  const shelf: Shelf = {
    world,
    scene,
    rules: bare ? [] : mockRules(),
    windows: bare ? [] : mockWindows(),
  }
  return {
    answer(request) {
      if (request.path === '/system/rule-files') return json(ruleFiles())
      const list = /^\/(alert-rules|maintenance-windows)/.exec(request.path)?.[1]
      if (list === undefined) return undefined
      if (scene === 'loading' && request.method === 'GET') return new Promise(() => undefined)
      if (scene === 'error') return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
      return list === 'alert-rules' ? rulesAnswer(request, shelf) : windowsAnswer(request, shelf)
    },
  }
}

function ruleFiles(): RuleFilesAnswer {
  return {
    folder: 'config/rules',
    items: [
      { file: 'pumps.json', ok: true, rules: 1, faults: [] },
      {
        file: 'tanks.json',
        ok: false,
        rules: 0,
        faults: [{ field: 'rules.0.high', message: 'it must be above low' }],
      },
    ],
  }
}

function rulesAnswer(request: MockRequest, shelf: Shelf): Response {
  const { method, path, query, body } = request
  if (path === '/alert-rules/preview') return preview(body, shelf)
  const id = path.split('/')[2]
  const rule = shelf.rules.find((each) => each.id === id)
  if (id === undefined && method === 'GET') return json({ items: matching(shelf.rules, query) })
  if (id === undefined) {
    const made = asRule(body as AlertRuleRequest, `r${shelf.rules.length + 1}`)
    shelf.rules = [made, ...shelf.rules]
    return json(made, 201)
  }
  if (rule === undefined) return problem(404, 'NOT_FOUND', 'There is no such thing')
  if (method === 'GET') return json(rule)
  if (rule.source === 'file') return problem(409, 'READ_ONLY', 'It is kept in a file: change it there')
  if (method === 'DELETE') {
    shelf.rules = shelf.rules.filter((each) => each !== rule)
    return done()
  }
  if (body.revision !== undefined && body.revision !== rule.revision)
    return problem(409, 'CONFLICT', 'Somebody changed it meanwhile')
  const kept = Object.entries({ ...rule, ...body }).filter(([, value]) => value !== null)
  const changed = {
    ...(Object.fromEntries(kept) as unknown as AlertRule),
    revision: rule.revision + 1,
    updatedAt: new Date().toISOString(),
    updatedBy: 'linh',
  }
  shelf.rules = shelf.rules.map((each) => (each === rule ? changed : each))
  return json(changed)
}

function matching(rules: readonly AlertRule[], query: URLSearchParams): AlertRule[] {
  const words = query.get('search')?.toLowerCase()
  const [deviceId, site] = [query.get('deviceId'), query.get('site')]
  return rules.filter(
    (rule) =>
      (words === undefined || JSON.stringify(rule).toLowerCase().includes(words)) &&
      (deviceId === null || rule.deviceId === undefined || rule.deviceId === deviceId) &&
      (site === null || rule.site === undefined || rule.site === site),
  )
}

/** Crossings of the limit alone: what the mock is to show is the page, not the evaluation. */
function preview(body: MockRequest['body'], { world }: Shelf): Response {
  const rule = body.rule as AlertRuleRequest
  const [fromMs, toMs] = [Date.parse(String(body.from)), Date.parse(String(body.to))]
  const models = [...world.devices.values()]
    .filter(({ device }) => rule.deviceId === undefined || rule.deviceId === device.deviceId)
    .filter(({ device }) => rule.site === undefined || rule.site === device.site)
    .filter(({ sensors }) => sensors.some(({ sensorType }) => sensorType === rule.sensorType))
  const looked = models.slice(0, MOST_DEVICES)
  const stepMs = Math.max((toMs - fromMs) / MOST_VALUES, 10_000)
  const episodes: PreviewEpisode[] = []
  for (const model of looked) {
    const sensor = model.sensors.find(({ sensorType }) => sensorType === rule.sensorType)!
    let open: PreviewEpisode | undefined
    for (let atMs = fromMs; atMs <= toMs; atMs += stepMs) {
      const { value } = world.readingAt(model, sensor, atMs)
      const timestamp = new Date(atMs).toISOString()
      if (open === undefined && breaches(rule, value)) {
        open = { deviceId: model.device.deviceId, sensorType: sensor.sensorType, openedAt: timestamp }
        episodes.push(open)
      } else if (open !== undefined && !breaches(rule, value)) {
        open.closedAt = timestamp
        open = undefined
      }
    }
  }
  episodes.sort((one, other) => one.openedAt.localeCompare(other.openedAt))
  return json({
    count: episodes.length,
    episodes: episodes.slice(0, 1_000),
    devices: looked.length,
    readings: looked.length * MOST_VALUES,
    ...(models.length > looked.length && { truncated: true }),
  })
}

function breaches({ operator, value = 0, low = 0, high = 0 }: AlertRuleRequest, given: number): boolean {
  if (operator === '>') return given > value
  if (operator === '>=') return given >= value
  if (operator === '<') return given < value
  if (operator === '<=') return given <= value
  if (operator === '=') return given === value
  if (operator === '!=') return given !== value
  if (operator === 'inside') return given >= low && given <= high
  return operator === 'outside' && (given < low || given > high)
}

function windowsAnswer({ method, path, body }: MockRequest, shelf: Shelf): Response {
  const id = path.split('/')[2]
  if (method === 'POST') {
    const made: MaintenanceWindow = {
      ...(body as unknown as MaintenanceWindowRequest),
      id: `w${shelf.windows.length + 1}`,
      createdAt: new Date().toISOString(),
      createdBy: 'linh',
    }
    shelf.windows = [...shelf.windows, made]
    return json(made, 201)
  }
  if (method === 'GET') return json({ items: shelf.windows })
  if (!shelf.windows.some((each) => each.id === id))
    return problem(404, 'NOT_FOUND', 'There is no such thing')
  shelf.windows = shelf.windows.filter((each) => each.id !== id)
  return done()
}

function asRule(request: AlertRuleRequest, id: string, more: Partial<AlertRule> = {}): AlertRule {
  const createdAt = new Date(Date.now() - 26 * HOUR_MS).toISOString()
  return {
    enabled: true,
    ...request,
    id,
    revision: 1,
    source: 'api',
    createdAt,
    updatedAt: createdAt,
    updatedBy: 'linh',
    ...more,
  }
}

function mockRules(): AlertRule[] {
  return [
    asRule(
      {
        name: 'Cold room too warm',
        site: 'Hanoi / Warehouse A',
        sensorType: 'temperature',
        operator: '>',
        value: 8,
        clear: 7,
        for: '5m',
        severity: 'critical',
        message: '{device} is at {value} {unit}, allowed are {threshold}',
      },
      'r1',
    ),
    asRule(
      {
        name: 'Cold room 1 drifts',
        deviceId: 'cold-room-1',
        sensorType: 'temperature',
        operator: 'outside',
        low: 6.5,
        high: 9.5,
        severity: 'warning',
      },
      'r2',
    ),
    asRule({ name: 'Device offline', noData: '10m', severity: 'warning' }, 'r3'),
    asRule(
      {
        name: 'Pump shakes in working hours',
        sensorType: 'vibration',
        operator: '>=',
        value: 4.2,
        for: '90s',
        noData: '1h',
        severity: 'warning',
        schedule: {
          days: ['mon', 'tue', 'wed', 'thu', 'fri'],
          from: '07:00',
          to: '18:30',
          timeZone: 'Asia/Ho_Chi_Minh',
        },
      },
      'pumps',
      { source: 'file' },
    ),
    asRule(
      {
        name: 'Tank nearly empty',
        sensorType: 'level',
        operator: '<',
        value: 15,
        severity: 'critical',
        enabled: false,
      },
      'r5',
    ),
  ]
}

function mockWindows(): MaintenanceWindow[] {
  const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString()
  return [
    {
      id: 'w1',
      deviceId: 'pump-1',
      from: at(-1),
      to: at(1),
      reason: 'New bearings',
      createdAt: at(-1),
      createdBy: 'an.nguyen',
    },
    {
      id: 'w2',
      site: 'Da Nang plant',
      from: at(20),
      to: at(26),
      reason: 'The yearly stop',
      createdAt: at(-20),
      createdBy: 'linh',
    },
  ]
}
