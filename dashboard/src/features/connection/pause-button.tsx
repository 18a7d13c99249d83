import { ActionIcon } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { usePaused } from '../../api/live-feed.js'
import { Icon } from '../../ui/icon.js'

/** Stops everything that moves by itself; pressed is paused. */
export function PauseButton() {
  const { t } = useTranslation()
  const { paused, toggle } = usePaused()
  const label = paused ? t('connection.resume') : t('connection.pause')
  return (
    <ActionIcon
      variant={paused ? 'filled' : 'subtle'}
      color={paused ? 'accent' : 'gray'}
      size="lg"
      aria-pressed={paused}
      aria-label={t('connection.pause')}
      title={`${label} (p)`}
      onClick={toggle}
    >
      <Icon name={paused ? 'play' : 'pause'} />
    </ActionIcon>
  )
}
