import { useEffect, useState } from 'react'

let hasPainted = false

/**
 * False until the first paint of a visit, then true: for what takes long to render and is not what is read first. Later
 * pages stand at once, or going back would find a page too short to be where one was. By time and not by a transition,
 * which live values could put off.
 */
export function usePainted(): boolean {
  const [painted, setPainted] = useState(hasPainted)
  useEffect(() => {
    if (painted) return
    let timer: ReturnType<typeof setTimeout> | undefined
    // A frame's callbacks run before it is painted, a timer that one of them sets after it.
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => {
        hasPainted = true
        setPainted(true)
      })
    })
    return () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    }
  }, [painted])
  return painted
}
