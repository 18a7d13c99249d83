import {
  describeAlertRuleStore,
  describeAlertStore,
  describeAuditStore,
  describeChannelStore,
  describeDeadLetterStore,
  describeDeviceStore,
  describeNotificationStore,
  describeUserStore,
} from '@iot/conformance'
import { systemClock } from '@iot/ports'
import { createMemoryAlertRuleStore } from './alert-rule-store.js'
import { createMemoryAlertStore } from './alert-store.js'
import { createMemoryAuditStore } from './audit-store.js'
import { createMemoryChannelStore } from './channel-store.js'
import { createMemoryDeadLetterStore } from './dead-letter-store.js'
import { createMemoryDeviceStore } from './device-store.js'
import { createMemoryNotificationStore } from './notification-store.js'
import { createMemoryUserStore } from './user-store.js'

describeUserStore('memory', async () => createMemoryUserStore({ clock: systemClock }))
describeDeviceStore('memory', async () => createMemoryDeviceStore({ clock: systemClock }))
describeChannelStore('memory', async () => createMemoryChannelStore())
describeDeadLetterStore('memory', async () => createMemoryDeadLetterStore())
describeNotificationStore('memory', async (bounds) => {
  const users = createMemoryUserStore({ clock: systemClock })
  return { users, store: createMemoryNotificationStore({ clock: systemClock, users, ...bounds }) }
})
describeAuditStore('memory', async () => createMemoryAuditStore({ clock: systemClock }))
describeAlertStore('memory', async () => {
  const audit = createMemoryAuditStore({ clock: systemClock })
  const devices = createMemoryDeviceStore({ clock: systemClock })
  return { store: createMemoryAlertStore({ audit, devices }), audit, devices }
})
describeAlertRuleStore('memory', async (bounds) => {
  const devices = createMemoryDeviceStore({ clock: systemClock })
  return { store: createMemoryAlertRuleStore({ clock: systemClock, devices, ...bounds }), devices }
})
