import type { Notification } from '@iot/contracts'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Toast } from '../../ui/toast.js'
import { NOTICE_SHAPES } from './notice-words.js'
import { toastClosed } from './notifications-slice.js'

/** Who should act has longer to read it; an error stays until somebody has closed it. */
const LASTS_MS: Record<Notification['type'], number | undefined> = {
  info: 6_000,
  success: 6_000,
  warning: 15_000,
  error: undefined,
}

/** What was sent to the reader just now. The bell keeps it when it is gone from here. */
export function NotificationToasts() {
  const toasts = useAppSelector((state) => state.notifications.toasts)
  return toasts.map((notice) => <NoticeToast key={notice.id} notice={notice} />)
}

function NoticeToast({ notice: { id, type, title, message } }: { notice: Notification }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const close = useCallback(() => void dispatch(toastClosed(id)), [dispatch, id])
  const lastsMs = LASTS_MS[type]
  return (
    <Toast
      shape={NOTICE_SHAPES[type]}
      title={title ?? t(`notices.types.${type}`)}
      detail={message}
      closeLabel={t('help.close')}
      {...(lastsMs !== undefined && { lastsMs })}
      onClose={close}
    />
  )
}
