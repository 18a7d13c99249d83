import type { FieldFault, WeeklySchedule } from '@iot/contracts'
import { fieldFault } from './field-fault.js'
import { timeZoneOf } from './time-zone.js'

/** All that is wrong with hours of the week that stand in a field of this name. */
export function scheduleFaults(field: string, { from, to, timeZone }: WeeklySchedule): FieldFault[] {
  return [
    ...(from === to && from !== '00:00' ? [fieldFault(`${field}.to`, 'NO_HOURS')] : []),
    ...(timeZoneOf(timeZone) ? [] : [fieldFault(`${field}.timeZone`, 'NO_TIME_ZONE', { timeZone })]),
  ]
}
