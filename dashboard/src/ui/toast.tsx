import { type ReactNode, useEffect, useRef } from 'react'
import { Icon } from './icon.js'
import { type ShapeKind, StatusShape } from './status-shape.js'
import classes from './toast.module.css'

const HELD = ':hover, :focus-within'

/** Where toasts stand, the newest lowest. */
export function ToastArea({ children }: { children: ReactNode }) {
  return <div className={classes.area}>{children}</div>
}

interface ToastProps {
  shape: ShapeKind
  title: ReactNode
  detail: ReactNode
  closeLabel: string
  /** goes by itself after this long, ms; not while the pointer or the focus is on it. Without: it stays. */
  lastsMs?: number
  onClose: () => void
}

/** One message of the lower corner. Its code comes with the page: it must work when the server does not. */
export function Toast({ shape, title, detail, closeLabel, lastsMs, onClose }: ToastProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (lastsMs === undefined) return
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      timer = setTimeout(() => (element.current?.matches(HELD) ? wait() : onClose()), lastsMs)
    }
    wait()
    return () => clearTimeout(timer)
  }, [lastsMs, onClose])
  return (
    <div ref={element} className={classes.toast} role={lastsMs === undefined ? 'alert' : 'status'}>
      <StatusShape kind={shape} size={16} />
      <div>
        <strong>{title}</strong>
        <div className={classes.detail}>{detail}</div>
      </div>
      <button type="button" aria-label={closeLabel} onClick={onClose}>
        <Icon name="close" size={14} />
      </button>
    </div>
  )
}
