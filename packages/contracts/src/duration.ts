import { Type } from 'typebox'

/** `90s`, `5m`, `2h`, `1d`. */
export const Duration = Type.String({ pattern: '^[1-9][0-9]{0,6}(s|m|h|d)$', description: '90s, 5m, 2h, 1d' })
