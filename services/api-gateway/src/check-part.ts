import { Duration, type FieldFault, type FieldFaultCode } from '@iot/contracts'
import { fieldFault } from '@iot/domain'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { invalidFields } from './invalid-fields.js'

/** Fields named in one answer at most. */
const MAX_NAMED = 20
const MAX_NAME_LENGTH = 64

type RequestPart = 'params' | 'query' | 'headers' | 'body'

/** By the names that Fastify has for them. */
const PARTS: Readonly<Record<string, RequestPart>> = {
  querystring: 'query',
  headers: 'headers',
  body: 'body',
}

/** The check of a part in the shape that Fastify asks for: the checked value, or the error to answer with. */
export function createValidator(
  schema: TSchema,
  httpPart: string | undefined,
  contract: { readonly bodyOptional?: true },
): (value: unknown) => { value: unknown } | { error: Error } {
  const part = PARTS[httpPart ?? 'params'] ?? 'params'
  const check = createPartCheck(schema, part, part === 'body' && contract.bodyOptional === true)
  return (value) => {
    try {
      return { value: check(value) }
    } catch (error) {
      return { error: error as Error }
    }
  }
}

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: unknown
  readonly message: string
}

/**
 * Makes the check of one part of a request: it answers the part as its schema describes it, or throws
 * VALIDATION_FAILED with every field that is wrong. Unknown fields are refused, nothing is stripped; texts of
 * a query become the numbers and booleans that its schema asks for, and only those: a body says what it means.
 */
export function createPartCheck(
  schema: TSchema,
  part: RequestPart,
  optional = false,
): (value: unknown) => unknown {
  // At its first use: most processes never meet most of the hundreds of parts, and compiling all is a third of a start.
  let compiled: ReturnType<typeof Compile> | undefined
  const read = part === 'query' ? createQueryReader(schema) : (value: unknown) => value

  return (given) => {
    compiled ??= Compile(schema)
    const value = read(optional && (given === undefined || given === null) ? {} : given)
    if (compiled.Check(value)) return value
    throw invalidFields(name(compiled.Errors(value) as SchemaError[], part))
  }
}

function createQueryReader(schema: TSchema): (value: unknown) => unknown {
  const types = new Map<string, string | undefined>()
  for (const [field, property] of Object.entries((schema as { properties?: object }).properties ?? {})) {
    types.set(field, (property as { type?: string }).type)
  }

  function convert(field: string, text: unknown): unknown {
    if (typeof text !== 'string') return text
    switch (types.get(field)) {
      case 'integer':
        return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text
      case 'boolean':
        return text === 'true' ? true : text === 'false' ? false : text
      default:
        return text
    }
  }

  return (query) =>
    Object.fromEntries(Object.entries(query as object).map(([field, text]) => [field, convert(field, text)]))
}

/** One line per field, the most telling one: a field that fits none of several forms fails in each of them. */
function name(errors: readonly SchemaError[], part: RequestPart): FieldFault[] {
  const named = new Map<string, FieldFault>()
  const choices = new Map<string, unknown[]>()
  for (const error of errors) {
    const { keyword } = error
    const params = error.params as Record<string, unknown>
    if (keyword === 'boolean') continue
    if (keyword === 'additionalProperties') {
      for (const field of params.additionalProperties as string[]) {
        note(named, fieldFault(join(error.instancePath, field), 'UNKNOWN_FIELD'))
      }
    } else if (keyword === 'required') {
      for (const field of params.requiredProperties as string[]) {
        note(named, fieldFault(join(error.instancePath, field), 'MISSING'))
      }
    } else if (keyword === 'const') {
      const field = join(error.instancePath)
      choices.set(field, [...(choices.get(field) ?? []), params.allowedValue])
    } else if (keyword === 'enum') {
      note(named, noChoice(join(error.instancePath), params.allowedValues as unknown[]))
    } else if (keyword !== 'anyOf') {
      note(named, misfit(join(error.instancePath) || part, error))
    }
  }
  for (const [field, values] of choices) note(named, noChoice(field || part, values))
  if (named.size === 0) note(named, { field: part, message: 'does not fit' })
  return [...named.values()].slice(0, MAX_NAMED)
}

function note(named: Map<string, FieldFault>, fault: FieldFault): void {
  if (!named.has(fault.field)) named.set(fault.field, fault)
}

function noChoice(field: string, allowed: readonly unknown[]): FieldFault {
  return fieldFault(field, 'NO_CHOICE', { choices: allowed.join(', ') })
}

/** By the keyword of the schema that a value does not fit. */
const CODES: Readonly<Record<string, FieldFaultCode>> = {
  type: 'WRONG_TYPE',
  pattern: 'WRONG_PATTERN',
  minLength: 'TOO_SHORT',
  maxLength: 'TOO_LONG',
  minItems: 'TOO_FEW',
  maxItems: 'TOO_MANY',
  uniqueItems: 'DUPLICATES',
  minimum: 'OUT_OF_RANGE',
  maximum: 'OUT_OF_RANGE',
}

const DURATION_PATTERN = (Duration as { pattern?: string }).pattern

function misfit(field: string, { keyword, params, message }: SchemaError): FieldFault {
  const code = CODES[keyword]
  // Who wrote “5 minutes” is helped by an example, not by a pattern.
  if (keyword === 'pattern' && (params as { pattern?: unknown }).pattern === DURATION_PATTERN) {
    return fieldFault(field, 'NO_DURATION')
  }
  if (code === undefined) return fieldFault(field, 'OTHER', { reason: message })
  const texts = Object.entries(params as object).map(([name, value]) => [name, String(value)] as const)
  return fieldFault(field, code, texts.length === 0 ? undefined : Object.fromEntries(texts))
}

/** `/tags/0` is `tags.0` to a reader. */
function join(instancePath: string, field?: string): string {
  const path = instancePath.split('/').slice(1)
  return [...path, ...(field === undefined ? [] : [field])].join('.').slice(0, MAX_NAME_LENGTH)
}
