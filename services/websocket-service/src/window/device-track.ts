import { SeqQueue } from './seq-queue.js'

/** What items are about: one object for all of a sensor (or, of events without, of a device) that lie in a window. */
export interface Subject {
  readonly deviceId: string
  readonly sensorType: string | undefined
}

/** What a window holds of one device. */
export class DeviceTrack {
  readonly deviceId: string
  readonly seqs = new SeqQueue()
  /** A handful: looking through them is quicker than a map, and smaller. */
  readonly #subjects: Subject[] = []

  constructor(deviceId: string) {
    this.deviceId = ownText(deviceId)
  }

  subjectOf(sensorType: string | undefined): Subject {
    for (const subject of this.#subjects) if (subject.sensorType === sensorType) return subject
    const subject = { deviceId: this.deviceId, sensorType: sensorType && ownText(sensorType) }
    this.#subjects.push(subject)
    return subject
  }
}

/** A text that is part of a message keeps the whole message in memory. */
function ownText(text: string): string {
  const own = Buffer.from(text).toString()
  return own === text ? own : text
}
