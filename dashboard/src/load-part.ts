import { type ComponentType, lazy } from 'react'

/** A phone that changes its network loses what it was fetching, and nothing more. */
const AGAIN_AFTER_MS = 1_000

/** A part of the page that is fetched when it is first shown; a fetch that fails is tried once more. */
export function loadPart<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => ({ default: await load().catch(() => loadAgain(load)) }))
}

async function loadAgain<Part>(load: () => Promise<Part>): Promise<Part> {
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
  return load()
}
