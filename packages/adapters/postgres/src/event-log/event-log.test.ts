import { describeEventLogOn } from '../testing/describe-event-log-on.js'
import { startTestDatabase } from '../testing/test-database.js'

describeEventLogOn('postgres', startTestDatabase)
