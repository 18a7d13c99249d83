export { createMemoryDeadLetterStore } from './dead-letter-store.js'
export { createMemoryDeviceStore } from './device-store.js'
export { createMemoryRateCounter } from './rate-counter.js'
export { createMemoryUserStore } from './user-store.js'
