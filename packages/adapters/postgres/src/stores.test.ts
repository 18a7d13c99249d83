import { describeDeadLetterStore, describeDeviceStore, describeUserStore } from '@iot/conformance'
import { afterAll, beforeAll } from '@jest/globals'
import type { Database } from './database.js'
import { createPostgresDeadLetterStore } from './dead-letter-store.js'
import { createPostgresDeviceStore } from './device-store.js'
import { startTestDatabase, type TestDatabase } from './testing/test-database.js'
import { createPostgresUserStore } from './user-store.js'

let server: TestDatabase
let database: Database
beforeAll(async () => {
  server = await startTestDatabase()
  database = server.openDatabase()
})
afterAll(async () => {
  await database?.end()
  await server?.close()
})

describeUserStore('postgres', async () => {
  await database.query('TRUNCATE users, setup_token, session_families CASCADE')
  return createPostgresUserStore({ database })
})
describeDeviceStore('postgres', async () => {
  await database.query('TRUNCATE devices CASCADE')
  return createPostgresDeviceStore({ database })
})
describeDeadLetterStore('postgres', async () => {
  await database.query('TRUNCATE dead_letters')
  return createPostgresDeadLetterStore({ database })
})
