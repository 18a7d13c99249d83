import type { Alert } from '@iot/contracts'
import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Toast } from '../../ui/toast.js'
import { useDeviceName } from './alert-words.js'
import { alertToastClosed } from './alerts-slice.js'
import { useAlertLink } from './use-alert-link.js'

/** A critical one stays until somebody has closed it, taken the alert, or it is over. */
const WARNING_LASTS_MS = 15_000

/** What has opened just now; the badge and the list keep it when it is gone from here. */
export function AlertToasts() {
  const { shown, more } = useAppSelector((state) => state.alerts.toasts)
  return (
    <>
      {more > 0 && <MoreToast count={more} />}
      {shown.map((alert) => (
        <AlertToast key={alert.alertId} alert={alert} />
      ))}
    </>
  )
}

function AlertToast({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const { alertId, severity, message, site } = alert
  const close = useCallback(() => void dispatch(alertToastClosed(alertId)), [dispatch, alertId])
  const name = useDeviceName(alert.deviceId)
  const linkTo = useAlertLink()
  const where = [alert.type === 'system' ? t('alerts.system') : name, site].filter(Boolean).join(' · ')
  return (
    <Toast
      shape={severity}
      title={
        <Link to={linkTo(alert)} onClick={close}>
          {message}
        </Link>
      }
      detail={`${t(`alerts.severity.${severity}`)}${where === '' ? '' : ` · ${where}`}`}
      closeLabel={t('help.close')}
      {...(severity === 'warning' && { lastsMs: WARNING_LASTS_MS })}
      onClose={close}
    />
  )
}

function MoreToast({ count }: { count: number }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const close = useCallback(() => void dispatch(alertToastClosed()), [dispatch])
  return (
    <Toast
      shape="warning"
      title={t('alerts.more', { count })}
      detail={
        <Link to={paths.alerts()} onClick={close}>
          {t('alerts.showAll')}
        </Link>
      }
      closeLabel={t('help.close')}
      onClose={close}
    />
  )
}
