import { createHash } from 'node:crypto'

/** A Lua script that Redis runs as one step: nobody sees it half done. */
export interface Script {
  readonly source: string
  /** what Redis knows it by */
  readonly sha: string
}

export function defineScript(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}
