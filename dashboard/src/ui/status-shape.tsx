import classes from './status-shape.module.css'

export type ShapeKind =
  | 'online'
  | 'offline'
  | 'maintenance'
  | 'unknown'
  | 'stale'
  | 'warning'
  | 'critical'
  | 'info'

/** Each kind has its own outline, so that colour is never the only difference. */
const OUTLINES: Record<ShapeKind, React.ReactNode> = {
  online: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
  offline: <circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" strokeWidth="2" />,
  maintenance: <rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="currentColor" />,
  unknown: (
    <circle
      cx="8"
      cy="8"
      r="5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeDasharray="2.2 2.4"
    />
  ),
  stale: (
    <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <circle cx="8" cy="8" r="5.6" />
      <path d="M8 5v3.2l2.1 1.3" />
    </g>
  ),
  warning: <path d="M8 2.2 14.6 13.4H1.4Z" fill="currentColor" />,
  critical: <path d="M8 1.2 14.8 8 8 14.8 1.2 8Z" fill="currentColor" />,
  info: (
    <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <circle cx="8" cy="8" r="5.8" />
      <path d="M8 7.6v3.2M8 5.1v.1" />
    </g>
  ),
}

/** `label` is spoken and shown on hover; leave it out only where the word stands beside the shape. */
export function StatusShape({ kind, label, size = 12 }: { kind: ShapeKind; label?: string; size?: number }) {
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: without a label it is hidden from assistive technology
    <svg
      className={classes.shape}
      data-kind={kind}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {label !== undefined && <title>{label}</title>}
      {OUTLINES[kind]}
    </svg>
  )
}
