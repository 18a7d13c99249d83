import type { Shape } from '../../i18n/en.js'
import type { channelsTexts } from './texts.en.js'

export const channelsTextsVi: Shape<typeof channelsTexts> = {
  intro: 'Where alerts go besides this page.',
}
