import { VARIABLES } from '@iot/contracts'

export interface VariableFacts {
  readonly name: string
  readonly description: string
  readonly kind: string
  readonly default?: unknown
  readonly secret: boolean
  readonly aliases: readonly string[]
}

interface Keywords {
  description?: string
  type?: string
  enum?: string[]
  minimum?: number
  maximum?: number
  default?: unknown
  secret?: boolean
  aliases?: string[]
}

/** The variables' table as people read it. */
export function variableFacts(): VariableFacts[] {
  return Object.entries(VARIABLES).map(([name, schema]) => {
    const keywords = schema as Keywords
    return {
      name,
      description: keywords.description ?? '',
      kind: kindOf(keywords),
      ...(keywords.default !== undefined && { default: keywords.default }),
      secret: keywords.secret ?? false,
      aliases: keywords.aliases ?? [],
    }
  })
}

function kindOf(keywords: Keywords): string {
  if (keywords.enum) return keywords.enum.join(' \\| ')
  if (keywords.type === 'boolean') return '1 or 0'
  if (keywords.type === 'integer') return `${keywords.minimum} to ${keywords.maximum}`
  return 'text'
}
