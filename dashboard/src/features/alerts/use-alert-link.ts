import type { Alert } from '@iot/contracts'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { hasRole, selectUser } from '../session/session-slice.js'

/** The page of an alert. The system’s own have one for administrators; for others there is how the system is. */
export function useAlertLink(): (alert: Pick<Alert, 'alertId' | 'type'>) => string {
  const seesSystem = hasRole(useAppSelector(selectUser), 'admin')
  return ({ alertId, type }) => (type === 'system' && !seesSystem ? paths.system() : paths.alert(alertId))
}
