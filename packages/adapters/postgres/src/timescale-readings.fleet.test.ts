import { describeReadingsOn } from './testing/describe-readings-on.js'
import { startTimescaleDatabase } from './testing/timescale-database.js'

describeReadingsOn('timescaledb', startTimescaleDatabase)
