import type { Notification } from '@iot/contracts'
import type { ShapeKind } from '../../ui/status-shape.js'

/** Each kind of notice has its own outline, colour and word. */
export const NOTICE_SHAPES: Record<Notification['type'], ShapeKind> = {
  info: 'info',
  success: 'online',
  warning: 'warning',
  error: 'critical',
}
