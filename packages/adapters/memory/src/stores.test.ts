import { describeDeadLetterStore, describeDeviceStore, describeUserStore } from '@iot/conformance'
import { systemClock } from '@iot/ports'
import { createMemoryDeadLetterStore } from './dead-letter-store.js'
import { createMemoryDeviceStore } from './device-store.js'
import { createMemoryUserStore } from './user-store.js'

describeUserStore('memory', async () => createMemoryUserStore({ clock: systemClock }))
describeDeviceStore('memory', async () => createMemoryDeviceStore({ clock: systemClock }))
describeDeadLetterStore('memory', async () => createMemoryDeadLetterStore())
