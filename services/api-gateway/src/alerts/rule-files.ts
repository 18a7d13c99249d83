import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AlertRuleRequest, FieldFault, RuleFile, RuleFilesAnswer } from '@iot/contracts'
import { fieldFault } from '@iot/domain'
import { type AlertRuleStore, MAX_ALERT_RULES, StoreUnavailable } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { isIdOf, type ParsedRuleFile, parseRuleFile } from './parse-rule-file.js'
import { ruleRequestOf } from './patch-rule.js'

/** Between two looks at the folder. Looking is a stat per file: changes behind mounts and links are seen as well. */
const LOOK_MS = 1_000
const MAX_FILES = 500
const MAX_FILE_BYTES = 1_048_576
/** Rules fetched at once. */
const PAGE = 1_000

export interface RuleFilesDeps {
  readonly folder: string
  readonly rules: Pick<AlertRuleStore, 'list' | 'syncFiles'>
  readonly log: Logger
  readonly lookMs?: number
}

/** Rules that are kept in files. */
export interface RuleFiles {
  /** Resolves after the first look; a folder or a store that is away is looked at again later. */
  start(): Promise<void>
  stop(): void
  report(): RuleFilesAnswer
}

interface Kept {
  readonly faults: readonly FieldFault[]
  readonly inForce: ReadonlyMap<string, AlertRuleRequest>
}

/**
 * Keeps the rules of source `file` as the folder has them. A file with a fault keeps what was in force of it; one that
 * is gone takes its rules along. A folder that is not there says nothing: what was in force stays. Several gateways may
 * do this over one store: each tells it only what has changed in its own folder, and to tell it twice changes nothing.
 */
export function createRuleFiles(deps: RuleFilesDeps): RuleFiles {
  const { rules, log, lookMs = LOOK_MS } = deps
  const folder = resolve(deps.folder)
  let files = new Map<string, Kept>()
  let seen: string | undefined
  let timer: NodeJS.Timeout | undefined
  let isFailing = false
  let isStopped = false

  async function look(): Promise<void> {
    const all = await listFiles(folder)
    if (all === undefined) return
    const names = all.slice(0, MAX_FILES)
    const signature = await signatureOf(folder, names)
    if (signature === seen) return
    const read = await readFiles(names)
    if (isStopped) return
    files = await tell(read)
    seen = signature
    if (all.length > MAX_FILES) {
      log.warn({ folder, files: all.length }, `only the first ${MAX_FILES} rule files are read`)
    }
  }

  async function readFiles(names: readonly string[]): Promise<Map<string, Kept>> {
    const read = new Map<string, Kept>()
    for (const file of names) {
      const parsed = await readOne(folder, file)
      if ('rules' in parsed) read.set(file, { faults: [], inForce: parsed.rules })
      else read.set(file, { faults: parsed.faults, inForce: await lastKnown(file) })
    }
    return read
  }

  /** What this process read of the file before, or, after a start, what the store still has of it. */
  async function lastKnown(file: string): Promise<ReadonlyMap<string, AlertRuleRequest>> {
    const before = files.get(file)
    if (before) return before.inForce
    const kept = new Map<string, AlertRuleRequest>()
    let after: string | undefined
    for (;;) {
      const page = await rules.list({ limit: PAGE, ...(after !== undefined && { after }) })
      for (const rule of page) {
        if (rule.source === 'file' && isIdOf(nameOf(file), rule.id)) kept.set(rule.id, ruleRequestOf(rule))
      }
      if (page.length < PAGE) return kept
      after = page.at(-1)!.id
    }
  }

  /** Answers what is in force of each file now. */
  async function tell(read: ReadonlyMap<string, Kept>): Promise<Map<string, Kept>> {
    const { refused } = await rules.syncFiles(
      new Map([...read.values()].flatMap(({ inForce }) => [...inForce])),
    )
    for (const [file, { faults }] of read) {
      for (const { field, message } of faults) {
        log.error({ file, field }, `a rule file is left as it was: ${field}: ${message}`)
      }
    }
    if (refused.length > 0) log.error({ refused }, 'rules of files are refused: there are too many rules')
    const told = new Map([...read].map(([file, kept]) => [file, without(new Set(refused), kept)]))
    const count = [...told.values()].reduce((sum, { inForce }) => sum + inForce.size, 0)
    log.info({ folder, files: told.size, rules: count }, 'rule files read')
    return told
  }

  async function turn(): Promise<void> {
    try {
      await look()
      isFailing = false
    } catch (error) {
      const level = isFailing ? 'debug' : error instanceof StoreUnavailable ? 'warn' : 'error'
      log[level]({ err: error, folder }, 'rule files can’t be put in force yet')
      isFailing = true
    }
    if (!isStopped) timer = setTimeout(() => void turn(), lookMs).unref()
  }

  return {
    start() {
      isStopped = false
      return turn()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
    report: () => ({ folder, items: [...files].map(presentFile) }),
  }
}

function presentFile([file, { faults, inForce }]: [string, Kept]): RuleFile {
  return { file, ok: faults.length === 0, rules: inForce.size, faults: faults.map((fault) => ({ ...fault })) }
}

function nameOf(file: string): string {
  return file.slice(0, -'.json'.length)
}

function without(refused: ReadonlySet<string>, { faults, inForce }: Kept): Kept {
  const left = new Map([...inForce].filter(([id]) => !refused.has(id)))
  const count = inForce.size - left.size
  if (count === 0) return { faults, inForce }
  const leftOut = { rules: String(count), limit: String(MAX_ALERT_RULES) }
  return { faults: [...faults, fieldFault('file', 'RULES_LEFT_OUT', leftOut)], inForce: left }
}

/** Undefined where there is no folder. */
async function listFiles(folder: string): Promise<string[] | undefined> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return entries?.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort()
}

/** Another text whenever a file has come, changed or gone. */
async function signatureOf(folder: string, names: readonly string[]): Promise<string> {
  const parts: string[] = []
  for (const name of names) {
    const found = await stat(join(folder, name), { bigint: true }).catch(() => undefined)
    parts.push(`${name} ${found?.mtimeNs} ${found?.ctimeNs} ${found?.size} ${found?.ino}`)
  }
  return parts.join('\n')
}

async function readOne(folder: string, file: string): Promise<ParsedRuleFile> {
  const path = join(folder, file)
  try {
    const { size } = await stat(path)
    if (size > MAX_FILE_BYTES) {
      return { faults: [fieldFault('file', 'FILE_TOO_LARGE')] }
    }
    return parseRuleFile(nameOf(file), await readFile(path, 'utf8'))
  } catch (error) {
    return { faults: [fieldFault('file', 'FILE_UNREADABLE', { reason: (error as Error).message })] }
  }
}
