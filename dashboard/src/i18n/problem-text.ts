import type { TFunction } from 'i18next'

interface ProblemFacts {
  readonly code: string
  readonly title: string
  readonly detail?: string
}

/** Why the server refused, in the language of the page; in the server's English where that language has no words for it. */
export function problemText(t: TFunction, { code, title, detail }: ProblemFacts): string {
  if (code === 'NETWORK') return t('states.networkTitle')
  return t(code as 'INTERNAL', { ns: 'problems', defaultValue: detail ?? title })
}
