import { type ReactNode, useEffect, useRef } from 'react'
import { Icon } from './icon.js'
import { type ShapeKind, StatusShape } from './status-shape.js'
import classes from './toast.module.css'

interface ToastProps {
  shape: ShapeKind
  title: ReactNode
  detail: ReactNode
  closeLabel: string
  /** goes by itself after this long, ms; not while the pointer is on it */
  lastsMs: number
  onClose: () => void
}

/** One message in the lower corner. Its code comes with the page: it must work when the server does not. */
export function Toast({ shape, title, detail, closeLabel, lastsMs, onClose }: ToastProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const wait = () => {
      timer = setTimeout(() => (element.current?.matches(':hover') ? wait() : onClose()), lastsMs)
    }
    wait()
    return () => clearTimeout(timer)
  }, [lastsMs, onClose])
  return (
    <div ref={element} className={classes.toast} role="status">
      <StatusShape kind={shape} size={16} />
      <div>
        <strong>{title}</strong>
        <p>{detail}</p>
      </div>
      <button type="button" aria-label={closeLabel} onClick={onClose}>
        <Icon name="close" size={14} />
      </button>
    </div>
  )
}
