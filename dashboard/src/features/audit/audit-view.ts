/** What is asked of the log, as the API takes it. */
export interface AuditQuestion {
  readonly actor?: string
  readonly action?: string
  readonly targetId?: string
  readonly from?: string
  readonly to?: string
}

/** What entries are about: the word before the dot of what was done. */
export const AUDIT_SUBJECTS = [
  'alert',
  'rule',
  'maintenance',
  'channel',
  'user',
  'device',
  'credential',
  'connection',
  'notification',
] as const

const ACTION = /^[a-z]+(\.[a-z.-]+)?$/

/** What the address says; a time or an action that can’t be one is left out. */
export function readAuditQuestion(search: URLSearchParams): AuditQuestion {
  const text = (name: string) => search.get(name)?.trim() || undefined
  const time = (name: string) => {
    const ms = Date.parse(text(name) ?? '')
    return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
  }
  const [actor, target, from, to] = [text('actor'), text('target'), time('from'), time('to')]
  const action = ACTION.test(text('action') ?? '') ? text('action') : undefined
  return {
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(target !== undefined && { targetId: target }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}
