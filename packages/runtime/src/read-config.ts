import { readFileSync } from 'node:fs'
import { RETIRED_VARIABLES, VARIABLES, type VariableName } from '@iot/contracts'
import type { Static, TSchema } from 'typebox'
import { StartError } from './app-error.js'
import { faultsOfValues } from './faults-of-values.js'
import { withSettingsFile } from './settings-file.js'
import { findUnknownVariables } from './unknown-variables.js'

type Environment = Readonly<Record<string, string | undefined>>
type Value<Name extends VariableName> = (typeof VARIABLES)[Name] extends { default: unknown }
  ? Static<(typeof VARIABLES)[Name]>
  : Static<(typeof VARIABLES)[Name]> | undefined

export type Config<Name extends VariableName> = { readonly [Key in Name]: Value<Key> }

interface VariableSchema {
  type?: string
  enum?: unknown[]
  default?: unknown
  minimum?: number
  maximum?: number
  pattern?: string
  secret?: boolean
  aliases?: string[]
}

export interface ReadConfig<Name extends VariableName> {
  readonly config: Config<Name>
  /** what the start log should say: aliases and retired names that are set, and names that look like ours but are not */
  readonly notices: readonly string[]
}

/**
 * Reads the named variables from an environment: `NAME`, an alias, or for secrets `NAME_FILE`. An empty value is
 * none. CONFIG_FILE may name a file of settings under the environment's. Throws a StartError that names every
 * fault at once.
 */
export function readConfig<Name extends VariableName>(
  names: readonly Name[],
  ofProcess: Environment,
): ReadConfig<Name> {
  const faults: string[] = []
  const environment = withSettingsFile(ofProcess, faults)
  const notices: string[] = []
  const config: Record<string, unknown> = {}
  const refused = new Set<string>()
  for (const name of names) {
    const schema = VARIABLES[name] as TSchema & VariableSchema
    const before = faults.length
    const text = findText(name, schema, environment, faults, notices)
    config[name] = text === undefined ? schema.default : parseText(name, schema, text, faults)
    if (faults.length > before) refused.add(name)
  }
  faults.push(...faultsOfValues(config, refused))
  for (const [name, replacement] of Object.entries(RETIRED_VARIABLES)) {
    if (environment[name]) notices.push(`${name} has no effect any more; instead: ${replacement}`)
  }
  notices.push(...findUnknownVariables(environment))
  if (faults.length > 0) {
    throw new StartError(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
  }
  return { config: config as Config<Name>, notices }
}

function findText(
  name: string,
  schema: VariableSchema,
  environment: Environment,
  faults: string[],
  notices: string[],
): string | undefined {
  if (environment[name]) return environment[name]
  if (schema.secret && environment[`${name}_FILE`]) {
    const path = environment[`${name}_FILE`]!
    try {
      return readFileSync(path, 'utf8').trimEnd()
    } catch (error) {
      faults.push(`${name}_FILE: can’t read ${path} (${(error as NodeJS.ErrnoException).code})`)
      return undefined
    }
  }
  for (const alias of schema.aliases ?? []) {
    if (environment[alias]) {
      notices.push(`${alias} is an older name of ${name}`)
      return environment[alias]
    }
  }
  return undefined
}

function parseText(name: string, schema: VariableSchema, text: string, faults: string[]): unknown {
  const shown = schema.secret ? '' : `, not “${text}”`
  if (schema.enum) {
    if (schema.enum.includes(text)) return text
    faults.push(`${name}: one of ${schema.enum.join(', ')}${shown}`)
    return undefined
  }
  switch (schema.type) {
    case 'boolean':
      if (/^(1|true|yes|on)$/i.test(text)) return true
      if (/^(0|false|no|off)$/i.test(text)) return false
      faults.push(`${name}: 1 or 0${shown}`)
      return undefined
    case 'integer': {
      const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
      if (value >= schema.minimum! && value <= schema.maximum!) return value
      faults.push(`${name}: a whole number from ${schema.minimum} to ${schema.maximum}${shown}`)
      return undefined
    }
    default:
      if (schema.pattern && !new RegExp(schema.pattern, 'u').test(text)) {
        faults.push(`${name}: must match ${schema.pattern}${shown}`)
        return undefined
      }
      return text
  }
}
