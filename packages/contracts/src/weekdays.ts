// Apart from the schemas: whoever writes a rule as a sentence needs the words, and not a schema library.

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]
