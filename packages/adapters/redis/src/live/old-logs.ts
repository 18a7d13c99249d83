import { baseOf } from '../keys.js'
import type { RedisConnection } from '../redis-connection.js'

const KEYS_AT_ONCE = 500
const ANY_LOG = /^iot:\{[^}]*\}:/

/**
 * Removes what lies under other logs than `epoch`, in small steps. Snapshots stay: they end by themselves, and are
 * wanted when the old log turns out to be the right one.
 */
export async function removeOldLogs(connection: RedisConnection, epoch: string): Promise<number> {
  const base = baseOf(epoch)
  let removed = 0
  let cursor = '0'
  do {
    const from = cursor
    const [next, keys] = await connection.ask((client) =>
      client.scan(from, 'MATCH', 'iot:{*', 'COUNT', KEYS_AT_ONCE),
    )
    const old = keys.filter(
      (key) =>
        ANY_LOG.test(key) && !key.startsWith(base) && !key.replace(ANY_LOG, '').startsWith('snapshot:'),
    )
    if (old.length > 0) removed += await connection.ask((client) => client.unlink(...old))
    cursor = next
  } while (cursor !== '0')
  return removed
}
