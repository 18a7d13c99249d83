import { useEffect } from 'react'
import { useNavigate } from 'react-router'
import { usePaused } from '../../api/live-feed.js'
import { paths } from '../../paths.js'

/** The field that `/` goes to carries this attribute; a page without one opens the list of devices. */
export const SEARCH_FIELD = 'data-search-field'

interface ShortcutsProps {
  onPalette: () => void
  onHelp: () => void
}

/** Keys that work everywhere. A key that is being typed into a field is never taken. */
export function useShortcuts({ onPalette, onHelp }: ShortcutsProps): void {
  const { toggle } = usePaused()
  const navigate = useNavigate()
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.defaultPrevented || event.altKey) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || isTyping(event.target)) return
      if (event.key === '?') onHelp()
      else if (event.key === 'p') toggle()
      else if (event.key === '/') {
        event.preventDefault()
        const field = document.querySelector<HTMLInputElement>(`[${SEARCH_FIELD}]`)
        if (field === null) void navigate(paths.devices(), { state: { focusSearch: true } })
        else field.focus()
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [navigate, onHelp, onPalette, toggle])
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}
