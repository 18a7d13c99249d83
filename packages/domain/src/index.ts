export { encodeReading } from './encode-reading.js'
export { RecentTimestamps } from './recent-timestamps.js'
