import { CLIENT_EVENTS, SERVER_EVENTS } from '@iot/contracts'

/** Numbers that come again with the same seed. */
export type Dice = ReturnType<typeof createDice>

export function createDice(seed: number) {
  let state = seed >>> 0 || 1
  /** below `bound` */
  function roll(bound: number): number {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
  return {
    roll,
    chance: (percent: number) => roll(100) < percent,
    pick: <Item>(items: readonly Item[]): Item => items[roll(items.length)]!,
    bytes: (length: number) => Buffer.from(Array.from({ length }, () => roll(256))),
  }
}

const EVENTS = [
  ...Object.keys(CLIENT_EVENTS),
  ...Object.keys(SERVER_EVENTS),
  'connect',
  'connection',
  'connect_error',
  'disconnect',
  'disconnecting',
  'error',
  'newListener',
  '__proto__',
  'constructor',
  'toString',
  '',
]
const DEVICES = ['d1', 'd2', 'no-such-device', '__proto__', 'a/b', '*', 'x'.repeat(65), '']
const ODD_TEXTS = [
  '',
  '\u0000',
  '\u001e',
  '💥',
  '\ud800',
  'null',
  '{}',
  '1e999',
  "' OR 1=1 --",
  '../../etc/passwd',
]
const ODD_NUMBERS = [0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308]

/** Any JSON, wrong in type, size or depth. */
function randomJson(dice: Dice, depth = 0): unknown {
  const kind = dice.roll(depth > 3 ? 6 : 9)
  if (kind === 0) return null
  if (kind === 1) return dice.chance(50)
  if (kind === 2) return dice.pick(ODD_NUMBERS)
  if (kind === 3) return dice.pick(DEVICES)
  if (kind === 4) return dice.pick(ODD_TEXTS)
  if (kind === 5) return 'x'.repeat(dice.roll(dice.chance(3) ? 60_000 : 200))
  if (kind === 6) return Array.from({ length: dice.roll(5) }, () => randomJson(dice, depth + 1))
  if (kind === 7) return { _placeholder: true, num: dice.roll(4) }
  return Object.fromEntries(
    Array.from({ length: dice.roll(4) }, () => [
      dice.pick(['batch', 'names', 'since', 'deviceId', 'from', 'to', 'epoch', 'readings', '__proto__', 'x']),
      randomJson(dice, depth + 1),
    ]),
  )
}

/** Arguments that are right, or nearly. */
function plausibleArguments(dice: Dice): unknown[] {
  const positions = {
    epoch: dice.pick(['epoch-of-the-test', 'another']),
    readings: { 0: dice.roll(50) },
    status: {},
  }
  return dice.pick<() => unknown[]>([
    () => [],
    () => [dice.pick(DEVICES)],
    () => [dice.pick(DEVICES), { batch: dice.pick([true, { everyMs: dice.roll(6_000), latest: true }]) }],
    () => [dice.pick(DEVICES), { since: positions }],
    () => [{ since: positions, names: [dice.pick(EVENTS)] }],
    () => [
      { deviceId: dice.pick(DEVICES), from: dice.roll(2 ** 31), to: Date.now(), maxPoints: dice.roll(9_000) },
    ],
  ])()
}

function eventPacket(dice: Dice): string {
  const args = dice.chance(60) ? plausibleArguments(dice) : [randomJson(dice), randomJson(dice)]
  const id = dice.chance(60) ? String(dice.roll(1_000)) : ''
  const namespace = dice.chance(4) ? '/other,' : ''
  const name = dice.chance(95) ? dice.pick(EVENTS) : randomJson(dice)
  return `42${namespace}${id}${JSON.stringify([name, ...args])}`
}

function cut(dice: Dice, text: string): string {
  const at = dice.roll(text.length + 1)
  return text.slice(0, at) + dice.pick(['', '"', '}', '\u0000', '[[[[']) + text.slice(at + dice.roll(3))
}

/** A frame of Engine.IO: rightly made, broken, or nothing of the kind. Text, or bytes. */
export function randomPacket(dice: Dice, token: string): string | Buffer {
  return dice.pick<() => string | Buffer>([
    () => eventPacket(dice),
    () => eventPacket(dice),
    () => eventPacket(dice),
    () => cut(dice, eventPacket(dice)),
    () =>
      `40${dice.pick(['', '/other,', JSON.stringify({ token }), JSON.stringify({ token: randomJson(dice) })])}`,
    () => `4${dice.pick(['1', '3', '4', '7', 'x', ''])}${JSON.stringify(randomJson(dice))}`,
    () =>
      `4${dice.pick(['5', '6'])}${dice.roll(6)}-${JSON.stringify(['ping', { _placeholder: true, num: dice.roll(3) }])}`,
    () => dice.bytes(dice.roll(64)),
    () => `${dice.roll(10)}${dice.pick(ODD_TEXTS)}`,
    () => dice.pick(['0', '2probe', '3', '3probe', '5', '6', '8', '9']),
  ])()
}
