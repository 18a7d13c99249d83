import { useTranslation } from 'react-i18next'
import type { CopyLineTexts } from '../../ui/copy-line/copy-line.js'

export function useCopyTexts(): CopyLineTexts {
  const { t } = useTranslation()
  return { copy: t('onboarding.copy'), copied: t('onboarding.copied'), selected: t('onboarding.selected') }
}
