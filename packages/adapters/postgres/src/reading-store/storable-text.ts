/**
 * PostgreSQL’s text holds every character but the zero byte, and UTF-8 has no half characters: both become
 * U+FFFD, so that a device’s odd name can’t stop the archive.
 */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd')
}
