import { type ReactNode, useId, useRef, useState } from 'react'
import classes from './corner-panel.module.css'

interface CornerPanelProps {
  /** the panel's name for who can't see it */
  label: string
  /** a button; it is given what opens the panel */
  trigger: (props: { popoverTarget: string; 'aria-expanded': boolean }) => ReactNode
  wide?: boolean
  /** made when the panel is open */
  children: (close: () => void) => ReactNode
}

/**
 * A panel that drops from the top right corner. The platform's own popover closes it by Escape or a click beside
 * it and gives the focus back, without a library that measures.
 */
export function CornerPanel({ label, trigger, wide = false, children }: CornerPanelProps) {
  const id = useId()
  const panel = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  return (
    <>
      {trigger({ popoverTarget: id, 'aria-expanded': open })}
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className={classes.panel}
        data-wide={wide || undefined}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  )
}
