import {
  type AlertEvent,
  type DeviceStatus,
  PARTITIONS,
  type PartitionPosition,
  type Reading,
  type StatusEvent,
} from '@iot/contracts'
import { until } from '@iot/testkit'
import { expect } from '@jest/globals'
import type { Body } from './harness.js'
import type { Publisher } from './publisher.js'
import type { ReturningClient } from './returning-client.js'

const PER_FLUSH = 7

/** Which of what is published a client is to get. */
export interface Wanted {
  reading(reading: Reading): boolean
  status(event: StatusEvent): boolean
  alert(event: AlertEvent): boolean
}

type Positioned = Reading | StatusEvent | AlertEvent

/** Everything that was ever published, and whether a client has it: all of it, in order, once. */
export class ResumeLedger {
  readonly readings: Reading[] = []
  readonly status: StatusEvent[] = []
  readonly alerts: AlertEvent[] = []
  readonly #devices: readonly string[]
  #value = 0

  constructor(devices: readonly string[]) {
    this.#devices = devices
  }

  async publish(publisher: Publisher, count: number, perRecord: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      this.#value += 1
      const deviceId = this.#devices[this.#value % this.#devices.length]!
      return Array.from({ length: perRecord }, (_, index) => ({ deviceId, value: this.#value + index / 10 }))
    })
    for (let from = 0; from < records.length; from += PER_FLUSH) {
      this.readings.push(...(await publisher.records(...records.slice(from, from + PER_FLUSH))))
    }
  }

  async change(publisher: Publisher, device: number, to: DeviceStatus): Promise<void> {
    this.status.push(await publisher.status(this.#devices[device % this.#devices.length]!, to))
  }

  /** So many transitions, from one device on. */
  async alarm(publisher: Publisher, device: number, count: number): Promise<void> {
    const sketches = Array.from({ length: count }, (_, index) => ({
      deviceId: this.#devices[(device + index) % this.#devices.length]!,
      message: '',
    }))
    this.alerts.push(...(await publisher.alerts(...sketches)))
  }

  /** What the client has to have got since its last snapshot, and what it got, by kind and partition. */
  compare({ readings, status, alerts, snapshot }: ReturningClient, wanted: Wanted) {
    const { positions, at, statusAt, alertsAt } = snapshot!
    return [
      ...byPartition(this.readings.filter(wanted.reading), readings.slice(at), positions.readings),
      ...byPartition(this.status.filter(wanted.status), status.slice(statusAt), positions.status),
      ...byPartition(this.alerts.filter(wanted.alert), alerts.slice(alertsAt), positions.alerts ?? {}),
    ]
  }

  async expectAll(client: ReturningClient, wanted: Wanted): Promise<void> {
    await until('all that was published', () =>
      this.compare(client, wanted).every((one) => one.came.length >= one.wanted.length),
    )
    await client.drained()
    for (const one of this.compare(client, wanted)) expect(one.came).toEqual(one.wanted)
  }

  /** Whatever was on its way when the connection ended: nothing before it is missing, and nothing came twice. */
  expectBeginning(client: ReturningClient, wanted: Wanted): void {
    for (const one of this.compare(client, wanted)) {
      expect(one.came).toEqual(one.wanted.slice(0, one.came.length))
    }
  }

  /** A snapshot stands at its positions or later, and holds nothing that was never published. */
  expectSnapshot(answer: Body, wanted: Wanted): void {
    const { latest, positions } = answer
    if (!latest) return
    for (const deviceId of this.#devices) {
      const published = this.readings.filter((one) => one.deviceId === deviceId && wanted.reading(one))
      const past = published.filter((one) => !isAfter(one, positions!.readings[one.position!.partition]))
      const shown = latest.filter((one) => one.deviceId === deviceId)
      if (past.length === 0 && shown.length === 0) continue
      expect(shown).toHaveLength(1)
      const at = published.findIndex(({ value }) => value === shown[0]!.value)
      expect([deviceId, at]).toEqual([deviceId, Math.max(at, past.length - 1, 0)])
    }
    expect(latest.filter((one) => !wanted.reading(one))).toEqual([])
  }
}

function byPartition<Event extends Positioned>(
  published: readonly Event[],
  came: readonly Event[],
  start: Readonly<Record<string, PartitionPosition>>,
): { wanted: Event[]; came: Event[] }[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const isHere = ({ position }: Event) => position!.partition === partition
    return {
      wanted: published.filter((one) => isHere(one) && isAfter(one, start[partition])),
      came: came.filter(isHere),
    }
  })
}

function isAfter({ position }: Positioned, start: PartitionPosition | undefined): boolean {
  const [offset, index] = Array.isArray(start) ? start : [start ?? -1, Number.POSITIVE_INFINITY]
  if (position!.offset !== offset) return position!.offset > offset
  return (position!.index ?? 0) > index
}
