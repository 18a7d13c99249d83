import type { ErrorCode } from '@iot/contracts'
import { createInstance, type i18n } from 'i18next'
import { getI18n, initReactI18next } from 'react-i18next'
import type { Language } from '../features/preferences/preferences-slice.js'
import { en, type Texts } from './en.js'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: Texts; problems: Record<ErrorCode, string> }
  }
}

/** English is in the page; another language is fetched when it is chosen. */
export async function createI18n(language: Language): Promise<i18n> {
  const instance = createInstance()
  await instance.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  })
  await switchLanguage(instance, language)
  return instance
}

export async function switchLanguage(instance: i18n, language: Language): Promise<void> {
  if (language === 'vi' && !instance.hasResourceBundle('vi', 'translation')) {
    const { vi, problemsVi } = await import('./vi.js')
    instance.addResourceBundle('vi', 'translation', vi)
    instance.addResourceBundle('vi', 'problems', problemsVi)
  }
  await instance.changeLanguage(language)
}

/** The English of what is not in the first load; another language is fetched whole. */
export async function loadLateTexts(): Promise<void> {
  const { lateEn } = await import('./late.en.js')
  getI18n().addResourceBundle('en', 'translation', lateEn, true, true)
}
