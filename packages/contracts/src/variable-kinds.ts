import { type TBoolean, type TInteger, type TString, Type } from 'typebox'

/**
 * What a variable may be. Keywords beside JSON Schema's own: `secret` (never logged, and `NAME_FILE` may name a file
 * that holds it), `aliases` (older names, told in the start log).
 */
interface TextOptions {
  readonly default?: string
  readonly pattern?: string
  readonly secret?: boolean
  readonly aliases?: string[]
}

/** A default is part of the type, so that a variable without one is known to be possibly undefined. */
type WithDefault<Schema, Value> = Schema & { readonly default: Value }

export function text<const More extends TextOptions>(
  description: string,
  more?: More,
): TString & Pick<More, keyof More & 'default'> {
  return Type.String({ description, ...more }) as TString & Pick<More, keyof More & 'default'>
}

export function whole(
  description: string,
  fallback: number,
  minimum: number,
  maximum: number,
  aliases: string[] = [],
): WithDefault<TInteger, number> {
  return Type.Integer({
    description,
    default: fallback,
    minimum,
    maximum,
    ...(aliases.length > 0 && { aliases }),
  }) as WithDefault<TInteger, number>
}

export function flag(description: string, fallback: boolean): WithDefault<TBoolean, boolean> {
  return Type.Boolean({ description, default: fallback }) as WithDefault<TBoolean, boolean>
}

export function choice<const Values extends string[]>(
  description: string,
  values: Values,
  fallback: Values[number],
) {
  const schema = Type.Enum(values, { description, default: fallback })
  return schema as WithDefault<typeof schema, Values[number]>
}
