// Apart from the schemas: the dashboard's first pages need the words, and not a schema library.

/**
 * What can be wrong with a field that somebody filled in: the English of each code, with its parameters in `{{…}}`.
 * Whoever shows it in another language goes by the code.
 */
export const FIELD_FAULTS = {
  // any request
  MISSING: 'is missing',
  UNKNOWN_FIELD: 'is not a known field',
  NO_OBJECT: 'must be an object',
  NO_CHOICE: 'must be one of {{choices}}',
  WRONG_TYPE: 'must be {{type}}',
  WRONG_PATTERN: 'must match pattern "{{pattern}}"',
  TOO_SHORT: 'must not have fewer than {{limit}} characters',
  TOO_LONG: 'must not have more than {{limit}} characters',
  TOO_FEW: 'must not have fewer than {{limit}} items',
  TOO_MANY: 'must not have more than {{limit}} items',
  DUPLICATES: 'must not have duplicate items',
  OUT_OF_RANGE: 'must be {{comparison}} {{limit}}',
  OTHER: 'does not fit: {{reason}}',
  NAME_BLANK: 'it needs a name to be known by',
  NO_TIME: 'there is no such time',
  NO_TIME_ZONE: '“{{timeZone}}” is no time zone; write one such as Asia/Ho_Chi_Minh',
  NO_HOURS: 'it is the same as from: for whole days write 00:00 for both',
  NO_DURATION: 'write a duration such as 90s, 5m, 2h or 1d',
  DURATION_TOO_LONG: 'at most {{limit}}',
  // devices and notices
  RESERVED_NAME: 'is a reserved name',
  NOT_YOUR_SITE: 'must be one of your sites: {{sites}}',
  NOBODY: 'names nobody',
  // alert rules
  RULE_ABOUT_TWO: 'a rule is about a device, a site or everything: leave deviceId or site out',
  NO_CONDITION: 'say when it opens: an operator with its limits, noData, or both',
  NO_SENSOR: 'say which sensor’s values are compared',
  NO_OPERATOR: 'it says nothing without an operator: leave it out, or choose an operator',
  NO_NUMBER: 'it must be a number that a sensor can have',
  NO_SINGLE_VALUE: '“{{operator}}” has low and high in its place',
  LOW_MISSING: '“{{operator}}” needs its lower limit',
  HIGH_MISSING: '“{{operator}}” needs its upper limit',
  VALUE_MISSING: '“{{operator}}” needs the value to compare with',
  HIGH_NOT_ABOVE_LOW: 'it must be above low',
  ORDERED_ONLY: 'it goes with >, >=, < and <= only',
  RANGES_ONLY: 'it goes with outside and inside only',
  CLEAR_ABOVE_VALUE: 'an alert about what is too high closes at or below value, not above it',
  CLEAR_BELOW_VALUE: 'an alert about what is too low closes at or above value, not below it',
  UNKNOWN_PLACEHOLDER: '{{placeholder}} is not known; there are {{known}}',
  SILENCE_HAS_NONE: 'a rule about silence has no {{placeholder}}',
  DEVICE_HAS_NO_SENSOR: 'a rule about a device as a whole has no {sensor}',
  // files of rules
  FILE_NAME: 'its name must be of letters, digits and _ . - alone, 50 at most: rename it',
  FILE_UNREADABLE: 'it can’t be read: {{reason}}',
  FILE_TOO_LARGE: 'it is larger than 1 MiB: split it',
  NO_JSON: 'it is no JSON: {{reason}}',
  TOO_MANY_RULES: 'it holds more than {{limit}} rules: split it',
  RULES_LEFT_OUT:
    '{{rules}} of its rules are not in force: there are {{limit}} already. Remove some, then save the file again',
  // maintenance windows
  WINDOW_ABOUT_TWO: 'a window is about a device or about a site: leave one of them out',
  WINDOW_ABOUT_NOTHING: 'say which device, or which site, is under maintenance',
  ENDS_TOO_EARLY: 'it must end after it begins',
  OVER_ALREADY: 'it would be over already',
  WINDOW_TOO_LONG: 'a window lasts at most {{days}} days',
  // notification channels
  SETTING_MISSING: 'a channel of kind {{kind}} needs it',
  SETTING_UNKNOWN: 'a channel of kind {{kind}} has no such setting; it has {{known}}',
  NO_ADDRESS: 'it is no address such as https://example.com/path',
  LOGIN_IN_ADDRESS: 'a login may not be part of the address, which people can read',
  SAY_AGAIN: 'say it again: with this change it is sent to another server',
} as const

export type FieldFaultCode = keyof typeof FIELD_FAULTS
