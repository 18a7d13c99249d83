import { useEffect } from 'react'

/** “(3) …” before whatever title a page gives itself. */
export function useTitleBadge(count: number): void {
  useEffect(() => {
    const show = () => {
      const wanted = titleWithBadge(document.title, count)
      if (document.title !== wanted) document.title = wanted
    }
    show()
    const observer = new MutationObserver(show)
    observer.observe(document.head, { childList: true, characterData: true, subtree: true })
    return () => {
      observer.disconnect()
      document.title = titleWithBadge(document.title, 0)
    }
  }, [count])
}

const BADGE = /^\(\d+\+?\) /
/** A longer one would push the page’s own name out of the tab. */
const MOST_SHOWN = 99

export function titleWithBadge(title: string, count: number): string {
  const bare = title.replace(BADGE, '')
  if (count === 0) return bare
  return `(${count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}) ${bare}`
}
