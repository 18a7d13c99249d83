import type { TopicContract } from '@iot/contracts'
import { LogError } from '@iot/ports'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

/** Characters of one record's JSON text at most: twice the worst a packet of 512 KiB can become as a dead letter. */
const MAX_TEXT_LENGTH = 8 * 1024 * 1024

/** Checks a value against its topic's schema and encodes it once. Throws a LogError `LOG_SCHEMA` where it does not fit. */
export type ValueEncoder = (topic: TopicContract, value: unknown) => string

/** Schemas are compiled on first use and kept for as long as the topic lives. */
export function createValueEncoder(): ValueEncoder {
  const validators = new WeakMap<TSchema, Validator>()
  return (topic, value) => {
    let validator = validators.get(topic.schema)
    if (!validator) {
      validator = Compile(topic.schema)
      validators.set(topic.schema, validator)
    }
    if (!validator.Check(value)) throw misfit(topic, faultsOf(validator, value))
    const text = stringify(topic, value)
    if (text.length > MAX_TEXT_LENGTH) throw misfit(topic, `${text.length} characters of JSON`)
    return text
  }
}

/** A value as text, and the log's own copy of it: what decoding the text gives. */
export interface EncodedValue {
  readonly text: string
  readonly value: unknown
}

/** Encodes for a log that hands out what it was given without reading it back. */
export function createRecordEncoder(): (topic: TopicContract, value: unknown) => EncodedValue {
  const encode = createValueEncoder()
  return (topic, value) => {
    const text = encode(topic, value)
    return { text, value: topic.copy ? topic.copy(value) : (JSON.parse(text) as unknown) }
  }
}

function stringify(topic: TopicContract, value: unknown): string {
  try {
    return topic.encode?.(value) ?? JSON.stringify(value)
  } catch (error) {
    throw misfit(topic, (error as Error).message)
  }
}

function faultsOf(validator: Validator, value: unknown): string {
  return validator
    .Errors(value)
    .slice(0, 3)
    .map((fault) => `${fault.instancePath || '/'} ${fault.message}`)
    .join('; ')
}

function misfit(topic: TopicContract, why: string): LogError {
  return new LogError('LOG_SCHEMA', `a record does not fit ${topic.name}: ${why}`)
}
