import type { Notification } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { StatusShape } from '../../ui/status-shape.js'
import { devicesMentioned } from './devices-mentioned.js'
import { NOTICE_SHAPES } from './notice-words.js'
import classes from './notifications.module.css'

interface NotificationRowProps {
  notice: Notification
  onRead: () => void
  /** a link was followed */
  onLeave: () => void
}

/** One notice: its kind by shape and word, all of its text, and the way to what it is about. */
export function NotificationRow({ notice, onRead, onLeave }: NotificationRowProps) {
  const { t } = useTranslation()
  const kind = t(`notices.types.${notice.type}`)
  const unread = notice.read !== true
  const title = notice.title ?? kind
  return (
    <li className={classes.notice} data-unread={unread || undefined}>
      <StatusShape kind={NOTICE_SHAPES[notice.type]} label={kind} size={16} />
      <div>
        <div className={classes.noticeHead}>
          <strong>
            {unread && <span className="visually-hidden">{t('notices.unread')}: </span>}
            {title}
          </strong>
          <Age atMs={Date.parse(notice.timestamp)} />
        </div>
        <p className={classes.message}>{notice.message}</p>
        <div className={classes.noticeFoot}>
          {notice.from !== undefined && <span>{t('notices.from', { name: notice.from })}</span>}
          <DeviceLinks
            text={`${notice.title ?? ''} ${notice.message}`}
            onFollow={() => {
              if (unread) onRead()
              onLeave()
            }}
          />
          {unread && (
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={`${t('notices.markRead')}: ${title}`}
              onClick={onRead}
            >
              {t('notices.markRead')}
            </Button>
          )}
        </div>
      </div>
    </li>
  )
}

function DeviceLinks({ text, onFollow }: { text: string; onFollow: () => void }) {
  const entities = useAppSelector((state) => state.devices.entities)
  const devices = useMemo(() => devicesMentioned(text, entities), [text, entities])
  return devices.map(({ deviceId, name }) => (
    <Link key={deviceId} className={classes.about!} to={paths.device(deviceId)} onClick={onFollow}>
      {name}
    </Link>
  ))
}
