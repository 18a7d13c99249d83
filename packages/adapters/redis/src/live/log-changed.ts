/** The bus carries another log than this process was started with: it has to start again. */
export class LogChanged extends Error {
  readonly code = 'LOG_CHANGED'
  readonly retriable = false
  constructor(known: string, found: string) {
    super(`The live bus carries another log than this process: ${found}, not ${known}. Start it again.`)
    this.name = 'LogChanged'
  }
}
