/**
 * Whose devices a session may see: those of some sites, or all. Sessions with the same sites have the same key, and
 * share what is written for them.
 */
export interface Scope {
  readonly key: string
  /** undefined: every device, also one that has no site */
  readonly sites: ReadonlySet<string> | undefined
}

export const EVERYTHING: Scope = { key: '', sites: undefined }

export function scopeOf(sites: readonly string[] | undefined): Scope {
  if (!sites) return EVERYTHING
  return { key: JSON.stringify([...new Set(sites)].sort()), sites: new Set(sites) }
}
