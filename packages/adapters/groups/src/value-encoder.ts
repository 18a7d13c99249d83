import type { TopicContract } from '@iot/contracts'
import { LogError } from '@iot/ports'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

/** Characters of one record's JSON text at most: twice the worst a packet of 512 KiB can become as a dead letter. */
const MAX_TEXT_LENGTH = 8 * 1024 * 1024

/** Checks a value against its topic's schema and encodes it once. Throws a LogError `LOG_SCHEMA` where it does not fit. */
export type ValueEncoder = (topic: TopicContract, value: unknown) => string

export function createValueEncoder(): ValueEncoder {
  const check = createValueCheck()
  return (topic, value) => {
    check(topic, value)
    return textOf(topic, value)
  }
}

/** Throws where a value does not fit. Schemas are compiled on first use and kept for as long as the topic lives. */
function createValueCheck(): (topic: TopicContract, value: unknown) => void {
  const validators = new WeakMap<TSchema, Validator>()
  return (topic, value) => {
    let validator = validators.get(topic.schema)
    if (!validator) {
      validator = Compile(topic.schema)
      validators.set(topic.schema, validator)
    }
    if (!validator.Check(value)) throw misfit(topic, faultsOf(validator, value))
  }
}

/** A value as JSON in UTF-8, and the log's own copy of it: what decoding the JSON gives. */
export interface EncodedValue {
  readonly value: unknown
  /** `length` bytes of it; valid until the next record is encoded */
  readonly bytes: Buffer
  readonly length: number
}

/** Bytes that the next record is written to; one that needs more gets its own. */
const SCRATCH_BYTES = 16_384

/** Encodes for a log that hands out what it was given without reading it back. */
export function createRecordEncoder(): (topic: TopicContract, value: unknown) => EncodedValue {
  const check = createValueCheck()
  const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  return (topic, value) => {
    check(topic, value)
    const written = topic.write?.(value, scratch, 0) ?? -1
    if (written >= 0 && topic.copy) return { value: topic.copy(value), bytes: scratch, length: written }
    const text = textOf(topic, value)
    const bytes = Buffer.from(text)
    return {
      value: topic.copy ? topic.copy(value) : (JSON.parse(text) as unknown),
      bytes,
      length: bytes.length,
    }
  }
}

function textOf(topic: TopicContract, value: unknown): string {
  const text = stringify(topic, value)
  if (text.length > MAX_TEXT_LENGTH) throw misfit(topic, `${text.length} characters of JSON`)
  return text
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
