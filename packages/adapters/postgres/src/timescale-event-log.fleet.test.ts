import { describeEventLogOn } from './testing/describe-event-log-on.js'
import { startTimescaleDatabase } from './testing/timescale-database.js'

describeEventLogOn('timescaledb', startTimescaleDatabase)
