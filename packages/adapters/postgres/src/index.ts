export { type Database, type DatabaseOptions, openDatabase, type Query } from './database.js'
export { createEmbeddedPostgres, type EmbeddedPostgres } from './embedded/embedded-postgres.js'
export { migrate } from './migrate.js'
export { startTestDatabase, type TestDatabase } from './testing/test-database.js'
