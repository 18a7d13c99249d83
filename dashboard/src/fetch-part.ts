/** A phone that changes its network loses what it was fetching, and nothing more. */
const AGAIN_AFTER_MS = 1_000

/**
 * Stylesheets that did not come, and those of them that are on their way again. The build's loader asks for each once,
 * and takes it for loaded from then on.
 */
const failed = new Map<HTMLLinkElement, Promise<void> | undefined>()

if (typeof window !== 'undefined') {
  // An error of a link does not bubble: it is seen on its way down.
  window.addEventListener(
    'error',
    ({ target }) => isStylesheet(target) && failed.set(target, undefined),
    true,
  )
}

function isStylesheet(target: unknown): target is HTMLLinkElement {
  return target instanceof HTMLLinkElement && target.rel === 'stylesheet'
}

/** Fetches code that comes later, and its styles; what fails is tried once more. */
export function fetchPart<Part>(load: () => Promise<Part>): Promise<Part> {
  return load().catch(() => fetchAgain(load))
}

/** The same for many: all that ask share one fetch, with the styles that it waits for; after one that failed the next begins anew. */
export function shareFetch<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let coming: Promise<Part> | undefined
  return () => {
    coming ??= fetchPart(load).catch((error: unknown) => {
      coming = undefined
      throw error
    })
    return coming
  }
}

async function fetchAgain<Part>(load: () => Promise<Part>): Promise<Part> {
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS))
  await Promise.all([...failed].map(([link, coming]) => coming ?? fetchStylesAgain(link)))
  return load()
}

function fetchStylesAgain(link: HTMLLinkElement): Promise<void> {
  const again = link.cloneNode() as HTMLLinkElement
  const coming = new Promise<void>((resolve, reject) => {
    again.addEventListener('load', () => resolve())
    again.addEventListener('error', () => reject(new Error(`the styles ${again.href} did not come`)))
  }).finally(() => failed.delete(link))
  failed.set(link, coming)
  link.replaceWith(again)
  return coming
}
