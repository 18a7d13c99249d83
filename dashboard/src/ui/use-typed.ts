import { useEffect, useRef, useState } from 'react'

/**
 * What is typed into a field that the address keeps, told on when nothing was typed for `waitMs`; and what the address
 * says, when it changed by itself. Its echo of what was told changes nothing: more may have been typed meanwhile.
 */
export function useTyped(value: string, onChange: (value: string) => void, waitMs: number) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const change = useRef(onChange)
  useEffect(() => {
    change.current = onChange
  })
  // The address changed by itself: Back, or “clear filters”.
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text.trim() === told.current) return
    const timer = setTimeout(() => {
      told.current = text.trim()
      change.current(told.current)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [text, waitMs])
  return [text, setText] as const
}
