import { type ComponentType, lazy } from 'react'
import { fetchPart } from './fetch-part.js'
import { loadLateTexts } from './i18n/i18n.js'

/** A part of the page that is fetched when it is first shown; a fetch that fails is tried once more. */
export function loadPart<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => ({ default: await fetchPart(load) }))
}

/** The same of a part whose texts are not in the first load. */
export function loadPartWithTexts<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return loadPart(async () => (await Promise.all([load(), loadLateTexts()]))[0])
}
