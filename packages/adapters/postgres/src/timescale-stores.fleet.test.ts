import { describeStoresOn } from './testing/describe-stores-on.js'
import { startTimescaleDatabase } from './testing/timescale-database.js'

describeStoresOn('timescaledb', startTimescaleDatabase)
