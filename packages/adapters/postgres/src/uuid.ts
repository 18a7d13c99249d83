/** Whether a text can be compared with a uuid column; another one would be an error of the server, not “none”. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
