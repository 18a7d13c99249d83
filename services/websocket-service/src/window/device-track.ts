import { SeqQueue } from './seq-queue.js'

/** What items are about: one object for all of a sensor (or, of events without, of a device) that lie in a window. */
export interface Subject {
  readonly track: DeviceTrack
  readonly sensorType: string | undefined
  /** For who looks for the newest of each: the search that has come by, and what it has found so far. */
  search: number
  newest: number
  /** Where in the body of the newest its timestamp begins. */
  timestampAt: number
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
    const ownType = sensorType && ownText(sensorType)
    const subject: Subject = { track: this, sensorType: ownType, search: 0, newest: 0, timestampAt: 0 }
    this.#subjects.push(subject)
    return subject
  }
}

/** A text that is part of a message keeps the whole message in memory. */
function ownText(text: string): string {
  const own = Buffer.from(text).toString()
  return own === text ? own : text
}
