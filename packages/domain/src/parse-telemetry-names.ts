import { FORBIDDEN_NAMES, TELEMETRY_LIMITS } from '@iot/contracts'

/** Control characters and halves of surrogate pairs: neither a database's text nor a screen can hold them. */
const UNFIT = /[\p{Cc}\p{Cs}]/u

/** Whether a text can be kept and shown as it is; `maxLength` in UTF-16 units. */
export function isFitText(text: string, maxLength: number): boolean {
  if (text.length > maxLength) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 32 || code > 126) return !UNFIT.test(text)
  }
  return true
}

/** Whether a field's name can name a sensor or an attribute. */
export function isFitName(name: string): boolean {
  return (
    name.length > 0 &&
    isFitText(name, TELEMETRY_LIMITS.nameLength) &&
    !FORBIDDEN_NAMES.has(name) &&
    name.trim() !== ''
  )
}
