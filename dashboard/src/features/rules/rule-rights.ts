import type { AlertRule, SessionUser } from '@iot/contracts'
import { hasRole } from '../session/session-slice.js'

/**
 * Why a rule can only be looked at: by one’s role, because it is kept in a file, or because it is about more than the
 * sites that one may see. Undefined: it can be changed.
 */
export function readOnlyBecause(
  user: SessionUser | undefined,
  rule: Pick<AlertRule, 'source' | 'deviceId' | 'site'> | undefined,
): 'role' | 'file' | 'everyDevice' | undefined {
  if (!hasRole(user, 'operator')) return 'role'
  if (rule === undefined) return undefined
  if (rule.source === 'file') return 'file'
  const isAboutAll = rule.deviceId === undefined && rule.site === undefined
  return isAboutAll && user?.sites !== undefined ? 'everyDevice' : undefined
}
