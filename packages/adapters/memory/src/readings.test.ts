import { describeReadingStore, describeSnapshotStore } from '@iot/conformance'
import { createMemoryReadingStore } from './reading-store.js'
import { createMemorySnapshotStore } from './snapshot-store.js'

describeReadingStore('memory', async () => {
  const store = createMemoryReadingStore()
  return {
    store,
    refusedOf: async (deviceId, sensorType) =>
      store.sensorsOf(deviceId).find((sensor) => sensor.sensorType === sensorType)?.refused ?? 0,
    removeDevice: async (deviceId) => store.remove(deviceId),
  }
})
describeSnapshotStore('memory', async () => createMemorySnapshotStore())
