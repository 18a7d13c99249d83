import { type Notification, type NotificationRequest, ROLES } from '@iot/contracts'

export const NOTICE_TYPES = [
  'info',
  'success',
  'warning',
  'error',
] as const satisfies readonly Notification['type'][]
export const AUDIENCES = ['all', 'role', 'user'] as const
export type Audience = (typeof AUDIENCES)[number]

export interface NoticeFaults {
  message?: 'required'
  user?: 'required'
}

/** What the form's fields say. */
export function noticeFrom(form: FormData, audience: Audience): NotificationRequest {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const title = text('title')
  const role = ROLES.find((each) => each === text('role')) ?? 'user'
  return {
    type: NOTICE_TYPES.find((each) => each === text('type')) ?? 'info',
    ...(title !== '' && { title }),
    message: text('message'),
    ...(audience === 'role' && { to: { role } }),
    ...(audience === 'user' && { to: { user: text('user') } }),
  }
}

export function noticeFaults({ message, to }: NotificationRequest): NoticeFaults {
  return {
    ...(message === '' && { message: 'required' as const }),
    ...(to?.user === '' && { user: 'required' as const }),
  }
}
