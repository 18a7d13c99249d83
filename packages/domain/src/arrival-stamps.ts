/**
 * Gives out stamps of arrival that strictly increase per sensor. Holds the last stamp of the sensors used most
 * recently, `capacity` at most; a sensor that was forgotten goes on above the newest stamp ever forgotten, so the
 * promise holds for it too.
 */
export interface ArrivalStamps {
  /** The stamp of a reading that arrived at `receivedAtMs`, ms since 1970. */
  next(deviceId: string, sensorType: string, receivedAtMs: number): number
  /** Sensors that are remembered. */
  readonly size: number
}

export function createArrivalStamps(options: { capacity: number }): ArrivalStamps {
  const last = new Map<string, number>()
  let forgotten = Number.NEGATIVE_INFINITY

  return {
    get size() {
      return last.size
    },
    next(deviceId, sensorType, receivedAtMs) {
      // a device id holds no space, so the pair can be read in one way only
      const sensor = `${deviceId} ${sensorType}`
      const stamp = Math.max(receivedAtMs, (last.get(sensor) ?? forgotten) + 1)
      last.delete(sensor)
      last.set(sensor, stamp)
      if (last.size > options.capacity) {
        const [oldest] = last.entries()
        last.delete(oldest![0])
        forgotten = Math.max(forgotten, oldest![1])
      }
      return stamp
    },
  }
}
