import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

/** The tab's title: the page first, then the product. */
export function useTitle(title: string): void {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`
  }, [title, t])
}
