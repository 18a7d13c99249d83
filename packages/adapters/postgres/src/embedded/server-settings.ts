/**
 * Settings of the embedded server: durable, and small enough for a Raspberry Pi (≤ 256 MB in all).
 * One process of ours uses it, through a pool or two.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // None: a socket file would lie outside of the data folder, or its path could be too long.
  unix_socket_directories: '',
  max_connections: 20,
  superuser_reserved_connections: 1,

  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',

  shared_buffers: '64MB',
  effective_cache_size: '256MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  wal_buffers: '4MB',
  huge_pages: 'off',
  // Workers of their own cost memory each; the page cache does the reading ahead.
  io_method: 'sync',
  max_worker_processes: 2,
  max_parallel_workers: 0,
  max_parallel_workers_per_gather: 0,
  max_parallel_maintenance_workers: 0,
  max_logical_replication_workers: 0,
  // Our statements are short: compiling them takes longer than running them.
  jit: 'off',
  random_page_cost: 1.1,

  // Nobody replicates from here: the least WAL, packed, within bounds.
  wal_level: 'minimal',
  max_wal_senders: 0,
  wal_compression: 'pglz',
  max_wal_size: '256MB',
  min_wal_size: '64MB',
  checkpoint_timeout: '10min',

  autovacuum_max_workers: 1,
  autovacuum_naptime: '30s',
  // The event log’s tables lose as many rows as they gain.
  autovacuum_vacuum_scale_factor: 0.1,

  TimeZone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  // Values of rows and texts of statements don’t belong into a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const

/** The settings and the port as arguments of `postgres`. */
export function settingArguments(port: number): string[] {
  const pairs = Object.entries({ ...SETTINGS, port })
  return pairs.flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
