import type { ChannelStore } from '@iot/ports'
import type { Database } from '../database.js'
import { createChannelRows } from './channel-rows.js'
import { createClaiming } from './claim-deliveries.js'
import { createDeliveryRows } from './delivery-rows.js'
import { createEnqueuing } from './enqueue-items.js'

export function createPostgresChannelStore(deps: { database: Database }): ChannelStore {
  return {
    ...createChannelRows(deps),
    ...createEnqueuing(deps),
    ...createClaiming(deps),
    ...createDeliveryRows(deps),
  }
}
