import { describeReadingsOn } from '../testing/describe-readings-on.js'
import { startTestDatabase } from '../testing/test-database.js'

describeReadingsOn('postgres', startTestDatabase)
