import {
  CHANNEL_SETTINGS,
  type ChannelKind,
  type ChannelSettings,
  type Delivery,
  type NotificationChannel,
  type ShownChannelSettings,
} from '@iot/contracts'
import type { ChannelRow, DeliveryRow } from '@iot/ports'
import { toTimestamp } from './to-timestamp.js'

/** A channel without its secrets. */
export function presentChannel(row: ChannelRow): NotificationChannel {
  const { id, name, kind, enabled, settings, route, group, quietHours, quietCritical } = row
  return {
    id,
    name,
    kind,
    enabled,
    settings: withoutSecrets(kind, settings),
    route,
    group,
    ...(quietHours && { quietHours }),
    quietCritical,
    ...(row.failingSinceMs !== undefined && { failingSince: toTimestamp(row.failingSinceMs) }),
    revision: row.revision,
    createdAt: toTimestamp(row.createdAtMs),
    updatedAt: toTimestamp(row.updatedAtMs),
    updatedBy: row.updatedBy,
  }
}

/** What is not named as shown is not shown: a setting of another kind, too. */
function withoutSecrets(kind: ChannelKind, settings: ChannelSettings): ShownChannelSettings {
  const { required, optional, secret } = CHANNEL_SETTINGS[kind]
  const shown = [...required, ...optional]
    .filter((name) => settings[name] !== undefined)
    .map((name) => [name, secret.includes(name) ? { set: true } : settings[name]])
  return Object.fromEntries(shown) as ShownChannelSettings
}

export function presentDelivery(row: DeliveryRow): Delivery {
  const { id, channelId, state, attempts, lastError, httpStatus, count, alertIds, idempotencyKey } = row
  return {
    id,
    channelId,
    state,
    ...(row.isTest && { test: true as const }),
    attempts,
    ...(lastError !== undefined && { lastError }),
    ...(httpStatus !== undefined && { httpStatus }),
    count,
    alertIds: [...alertIds],
    createdAt: toTimestamp(row.createdAtMs),
    ...(row.sentAtMs !== undefined && { sentAt: toTimestamp(row.sentAtMs) }),
    ...(row.nextMs !== undefined && { nextAt: toTimestamp(row.nextMs) }),
    idempotencyKey,
  }
}
