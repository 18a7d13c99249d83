import { type Alert, SYSTEM_ALERT_KEY, siteAlertKey } from '@iot/contracts'
import type { LiveEntry } from '@iot/ports'
import type { Session } from '../sessions/session.js'
import { canSee } from './can-see.js'
import type { DeviceDirectory } from './device-directory.js'

/** What an alert is about: one device, a site as a whole, or the system itself. */
export type AlertSubject =
  | { readonly deviceId: string; readonly site?: never }
  | { readonly site: string; readonly deviceId?: never }
  | 'system'

const SITE_KEY = siteAlertKey('')

export function subjectOf({ deviceId, site, type }: Pick<Alert, 'deviceId' | 'site' | 'type'>): AlertSubject {
  if (deviceId !== undefined) return { deviceId }
  return site !== undefined && type !== 'system' ? { site } : 'system'
}

/** The same of an event on the bus. Its key says it, unless a device has a name that looks like the key of another. */
export function subjectOfEntry({ deviceId: key, json }: LiveEntry): AlertSubject {
  if (key !== SYSTEM_ALERT_KEY && !key.startsWith(SITE_KEY)) return { deviceId: key }
  return subjectOf(JSON.parse(json) as Alert)
}

/** Is an event under a device’s key about the device? */
export function isAbout(deviceId: string): (item: { readonly entry: LiveEntry }) => boolean {
  return ({ entry }) => {
    const subject = subjectOfEntry(entry)
    return subject !== 'system' && subject.deviceId === deviceId
  }
}

export function canSeeAlert(
  directory: Pick<DeviceDirectory, 'siteOf'>,
  session: Pick<Session, 'scope' | 'user'>,
  subject: AlertSubject,
): boolean {
  if (subject === 'system') return seesSystem(session)
  if (subject.deviceId !== undefined) return canSee(directory, session, subject.deviceId)
  return session.scope.sites?.has(subject.site) !== false
}

/** Administrators of all sites, as over REST. */
export function seesSystem({ scope, user }: Pick<Session, 'scope' | 'user'>): boolean {
  return user.role === 'admin' && scope.sites === undefined
}

/** The keys under which a session limited to sites finds all alerts that it may see, and perhaps some more. */
export function alertKeysOf(
  directory: Pick<DeviceDirectory, 'devicesAt'>,
  sites: ReadonlySet<string>,
): string[] {
  const keys = new Set<string>(directory.devicesAt(sites))
  for (const site of sites) keys.add(siteAlertKey(site))
  return [...keys]
}
