import { Suspense, useEffect, useState } from 'react'
import { loadPart } from '../../load-part.js'
import { isTyping } from './use-shortcuts.js'

const Palette = loadPart(async () => (await import('./palette.js')).Palette)
/** A page that is never idle fetches it all the same. */
const IDLE_WITHIN_MS = 5_000

/** The palette, and what has been typed for it before it could take a letter. */
export function PaletteDoor({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('')
  useEffect(() => {
    // Who types on before the field has come does not mean the page: a letter would pause it, or take an alert.
    function take(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      if (event.key.length === 1) setQuery((typed) => typed + event.key)
      else if (event.key === 'Backspace') setQuery((typed) => typed.slice(0, -1))
      // Nothing stands to choose from yet, and what has the focus on the page is not meant.
      else if (event.key !== 'Enter') return
      event.preventDefault()
      event.stopPropagation()
    }
    addEventListener('keydown', take, true)
    return () => removeEventListener('keydown', take, true)
  }, [])
  // The boundary is here: what waits outside of one has no effects yet.
  return (
    <Suspense>
      <Palette query={query} onQuery={setQuery} onClose={onClose} />
    </Suspense>
  )
}

/** Fetches the palette when the page has nothing else to do, so that it is there at the first letter. */
export function usePaletteAhead(): void {
  useEffect(() => {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === 'undefined') {
      const timer = setTimeout(Palette.fetchAhead, IDLE_WITHIN_MS)
      return () => clearTimeout(timer)
    }
    const idle = requestIdleCallback(Palette.fetchAhead, { timeout: IDLE_WITHIN_MS })
    return () => cancelIdleCallback(idle)
  }, [])
}
