import { describeStoresOn } from './testing/describe-stores-on.js'
import { startTestDatabase } from './testing/test-database.js'

describeStoresOn('postgres', startTestDatabase)
