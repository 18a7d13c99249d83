import type { Alert, AlertThreshold } from '@iot/contracts'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppSelector } from '../../store.js'
import { type Format, useFormat } from '../../ui/format.js'
import { hasRole, selectUser } from '../session/session-slice.js'

/** What became of it and who has it, in a few words. */
export function useStateWords(): (alert: Alert) => string {
  const { t } = useTranslation()
  const format = useFormat()
  return (alert) => {
    if (alert.state === 'acknowledged' && alert.acknowledgedBy !== undefined)
      return t('alerts.acknowledgedBy', { name: alert.acknowledgedBy })
    if (alert.state === 'shelved' && alert.shelvedUntil !== undefined)
      return t('alerts.shelvedUntil', { time: format.time(Date.parse(alert.shelvedUntil)) })
    return t(`alerts.states.${alert.state}`)
  }
}

/** A value with its unit, as it stands in the alert. */
export function limitValue(value: number, unit: string | undefined, format: Format): string {
  return `${format.value(value)}${unit === undefined ? '' : ` ${unit}`}`
}

/** Whether the viewer may do something about it: operators, and about the system itself administrators. */
export function useMayAct(): (alert: Pick<Alert, 'type'>) => boolean {
  const user = useAppSelector(selectUser)
  return ({ type }) => hasRole(user, type === 'system' ? 'admin' : 'operator')
}

/** What people call the device of an alert. */
export function useDeviceName(deviceId: string | undefined): string | undefined {
  return useAppSelector(({ devices }) =>
    deviceId === undefined ? undefined : (devices.entities[deviceId]?.name ?? deviceId),
  )
}

/** “above 8 °C”. */
export function useLimitWords(): (threshold: AlertThreshold) => string {
  const { t } = useTranslation()
  const format = useFormat()
  return useCallback(
    ({ operator, value, low, high, unit }) => {
      const words = (each: number | undefined) => (each === undefined ? '' : limitValue(each, unit, format))
      return t(`alertPages.limits.${operator}`, { value: words(value), low: words(low), high: words(high) })
    },
    [t, format],
  )
}
