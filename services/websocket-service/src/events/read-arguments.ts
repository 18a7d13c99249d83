import { CLIENT_EVENTS, type ClientEvent } from '@iot/contracts'
import { AppError } from '@iot/runtime'
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'

interface Fault {
  readonly instancePath: string
  readonly keyword: string
  readonly params: unknown
  readonly message: string
}

interface ArgumentCheck {
  readonly optional: boolean
  readonly description: string | undefined
  check(value: unknown): boolean
  faults(value: unknown): readonly Fault[]
}

/** Characters of what a client sent that come back to it. */
const MOST_NAMED = 64

const checks = new Map(
  Object.entries<readonly TSchema[]>(CLIENT_EVENTS).map(([event, schemas]) => [event, schemas.map(compile)]),
)

export function isClientEvent(event: string): event is ClientEvent {
  return checks.has(event)
}

/**
 * Checks what came with an event (without the callback) against the contract. Optional arguments may be left out or
 * be null, as which JSON sends undefined. Throws VALIDATION_FAILED with what is wrong.
 */
export function readArguments(event: ClientEvent, given: readonly unknown[]): unknown[] {
  const wanted = checks.get(event)!
  if (given.length > wanted.length) {
    throw new AppError(
      'VALIDATION_FAILED',
      `${event} takes ${wanted.length === 0 ? 'no arguments' : `at most ${wanted.length}`}, not ${given.length}`,
    )
  }
  return wanted.map((argument, index) => {
    const value = given[index] ?? undefined
    if (value === undefined && argument.optional) return undefined
    if (!argument.check(value)) {
      throw new AppError('VALIDATION_FAILED', `argument ${index + 1}: ${describe(argument, value)}`)
    }
    return value
  })
}

function compile(schema: TSchema): ArgumentCheck {
  const compiled = Compile(schema)
  return {
    optional: Type.IsOptional(schema),
    description: (schema as { description?: string }).description,
    check: (value) => compiled.Check(value),
    faults: (value) => compiled.Errors(value),
  }
}

/** The innermost fault in words, with where it is: of a choice of forms, it is of the one that was meant. */
function describe({ description, faults }: ArgumentCheck, value: unknown): string {
  if (value === undefined) return 'is missing'
  if (description) return description
  const found = faults(value)
  const depthOf = ({ instancePath }: Fault) => instancePath.split('/').length
  const [telling = found[0]] = found
    .filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'boolean')
    .sort((one, other) => depthOf(other) - depthOf(one))
  const place = telling?.instancePath.slice(1).replaceAll('/', '.').slice(0, MOST_NAMED)
  return `${place ? `${place} ` : ''}${telling ? wordsOf(telling) : 'does not fit'}`
}

/** Which field, and which values: what the schema library does not say. */
function wordsOf({ keyword, params, message }: Fault): string {
  const facts = params as { additionalProperties?: readonly string[]; allowedValues?: readonly unknown[] }
  if (keyword === 'additionalProperties' && facts.additionalProperties) {
    return `has no field ${facts.additionalProperties.join(', ').slice(0, MOST_NAMED)}`
  }
  if (keyword === 'enum' && facts.allowedValues) return `must be one of ${facts.allowedValues.join(', ')}`
  return message
}
