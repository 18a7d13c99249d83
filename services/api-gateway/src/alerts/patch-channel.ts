import type { ChannelPatch, ChannelSettings } from '@iot/contracts'
import type { ChannelFields, ChannelRow } from '@iot/ports'

/** The channel with a patch laid over it, each setting by itself; what the patch has as null is gone. */
export function patchChannel(channel: ChannelRow, patch: Omit<ChannelPatch, 'revision'>): ChannelFields {
  const { settings, quietHours, ...rest } = patch
  const laid = Object.entries({ ...channel.settings, ...settings }).filter(([, value]) => value !== null)
  const quiet = quietHours === undefined ? channel.quietHours : (quietHours ?? undefined)
  const { name, kind, enabled, route, group, quietCritical } = { ...channel, ...rest }
  return {
    name,
    kind,
    enabled,
    settings: Object.fromEntries(laid) as ChannelSettings,
    route,
    group,
    ...(quiet && { quietHours: quiet }),
    quietCritical,
  }
}
