import type { Attention, FleetSummary } from '../devices/fleet-summary.js'

/**
 * Devices that a person should look at and that no alert speaks of: silent ones that no rule is about. One whose
 * alert is shelved has been seen to.
 */
export function attentionBesides(
  { attention }: Pick<FleetSummary, 'attention'>,
  alerted: ReadonlyMap<string, unknown>,
): readonly Attention[] {
  return alerted.size === 0 ? attention : attention.filter(({ deviceId }) => !alerted.has(deviceId))
}
