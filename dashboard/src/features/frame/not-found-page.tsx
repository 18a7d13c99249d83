import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { Notice } from '../../ui/states.js'
import { useTitle } from './use-title.js'

export function NotFoundPage() {
  const { t } = useTranslation()
  useTitle(t('states.notFoundTitle'))
  return (
    <Notice
      title={<h1>{t('states.notFoundTitle')}</h1>}
      detail={t('states.notFoundDetail')}
      action={
        <Button size="xs" variant="default" component={Link} to={paths.overview()}>
          {t('states.home')}
        </Button>
      }
    />
  )
}
