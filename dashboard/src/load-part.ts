import { type ComponentType, lazy } from 'react'
import { loadLateTexts } from './i18n/i18n.js'

/** A phone that changes its network loses what it was fetching, and nothing more. */
const AGAIN_AFTER_MS = 1_000

/** A part of the page that is fetched when it is first shown; a fetch that fails is tried once more. */
export function loadPart<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => ({ default: await load().catch(() => loadAgain(load)) }))
}

/** The same of a part whose texts are not in the first load. */
export function loadPartWithTexts<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return loadPart(async () => (await Promise.all([load(), loadLateTexts()]))[0])
}

async function loadAgain<Part>(load: () => Promise<Part>): Promise<Part> {
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
  return load()
}
