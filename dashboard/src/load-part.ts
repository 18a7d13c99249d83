import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { shareFetch } from './fetch-part.js'
import { loadLateTexts } from './i18n/i18n.js'

export type Part<Props extends object> = LazyExoticComponent<ComponentType<Props>> & {
  /** Begins to fetch it before it is shown. What fails is told when it is shown, and tried again then. */
  readonly fetchAhead: () => void
}

/** A part of the page that is fetched when it is first shown; a fetch that fails is tried once more. */
export function loadPart<Props extends object>(load: () => Promise<ComponentType<Props>>): Part<Props> {
  const fetchOnce = shareFetch(async () => ({ default: await load() }))
  return Object.assign(lazy(fetchOnce), { fetchAhead: () => void fetchOnce().catch(() => undefined) })
}

/** The same of a part whose texts are not in the first load. */
export function loadPartWithTexts<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return loadPart(async () => (await Promise.all([load(), loadLateTexts()]))[0])
}
