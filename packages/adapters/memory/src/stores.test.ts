import {
  describeDeadLetterStore,
  describeDeviceStore,
  describeNotificationStore,
  describeUserStore,
} from '@iot/conformance'
import { systemClock } from '@iot/ports'
import { createMemoryDeadLetterStore } from './dead-letter-store.js'
import { createMemoryDeviceStore } from './device-store.js'
import { createMemoryNotificationStore } from './notification-store.js'
import { createMemoryUserStore } from './user-store.js'

describeUserStore('memory', async () => createMemoryUserStore({ clock: systemClock }))
describeDeviceStore('memory', async () => createMemoryDeviceStore({ clock: systemClock }))
describeDeadLetterStore('memory', async () => createMemoryDeadLetterStore())
describeNotificationStore('memory', async (bounds) => {
  const users = createMemoryUserStore({ clock: systemClock })
  return { users, store: createMemoryNotificationStore({ clock: systemClock, users, ...bounds }) }
})
