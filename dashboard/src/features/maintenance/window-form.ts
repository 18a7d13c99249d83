import type { FieldFault, MaintenanceWindow, MaintenanceWindowRequest } from '@iot/contracts'
import { windowFaults } from '@iot/domain'
import { fromInputText } from '../../ui/range-picker/time-range.js'

/** What stands in the dialog’s fields; times as `<input type="datetime-local">` has them. */
export interface WindowFields {
  readonly about: 'device' | 'site'
  readonly deviceId: string
  readonly site: string
  readonly from: string
  readonly to: string
  readonly reason: string
}

/** `needed`, or what the domain says of it. */
export type WindowFaults = Readonly<Partial<Record<keyof WindowFields, 'needed' | FieldFault>>>

/** The window that the fields say; undefined where a time can’t be read. */
export function windowOf(fields: WindowFields, utc: boolean): MaintenanceWindowRequest | undefined {
  const [fromMs, toMs] = [fromInputText(fields.from, utc), fromInputText(fields.to, utc)]
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return undefined
  const reason = fields.reason.trim()
  return {
    ...(fields.about === 'device' ? { deviceId: fields.deviceId.trim() } : { site: fields.site.trim() }),
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...(reason !== '' && { reason }),
  }
}

export function faultsOf(fields: WindowFields, utc: boolean, nowMs: number): WindowFaults {
  const faults: Partial<Record<keyof WindowFields, 'needed' | FieldFault>> = {}
  for (const field of ['from', 'to'] as const) {
    if (Number.isNaN(fromInputText(fields[field], utc))) faults[field] = 'needed'
  }
  const name = fields.about === 'device' ? 'deviceId' : 'site'
  if (fields[name].trim() === '') faults[name] = 'needed'
  const window = windowOf(fields, utc)
  if (window === undefined) return faults
  for (const fault of windowFaults(window, nowMs)) {
    if (fault.field === 'to' || fault.field === 'from') faults[fault.field] ??= fault
  }
  return faults
}

/** Whether a window keeps this device from opening alerts at `nowMs`. */
export function covers(
  window: Pick<MaintenanceWindow, 'deviceId' | 'site' | 'from' | 'to'>,
  device: { deviceId: string; site?: string | undefined },
  nowMs: number,
): boolean {
  if (Date.parse(window.from) > nowMs || Date.parse(window.to) <= nowMs) return false
  return window.deviceId === undefined ? window.site === device.site : window.deviceId === device.deviceId
}
