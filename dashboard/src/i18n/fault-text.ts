import type { FieldFault } from '@iot/contracts'
import type { TFunction } from 'i18next'

/** What is wrong with a field, in the language of the page; in the server's English what has no words here. */
export function faultText(t: TFunction, { code, message, params }: FieldFault): string {
  return code === undefined ? message : t(`faults.${code}`, { ...params, defaultValue: message })
}
