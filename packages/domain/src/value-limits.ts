import type { AlertOperator, AlertRuleRequest } from '@iot/contracts'

/** The limits of a rule: whether a value is in breach of them, clear of them, or neither. Without an operator nothing is in breach. */
export class ValueLimits {
  readonly #operator: AlertOperator | undefined
  readonly #low: number
  readonly #high: number
  readonly #clear: number

  constructor({ operator, value, low, high, clear }: AlertRuleRequest) {
    this.#operator = operator
    // A single value stands in both places, so that the limits are numbers in every rule.
    this.#low = low ?? value ?? Number.NaN
    this.#high = high ?? value ?? Number.NaN
    this.#clear = clear ?? Number.NaN
  }

  isBreach(value: number): boolean {
    switch (this.#operator) {
      case '>':
        return value > this.#high
      case '>=':
        return value >= this.#high
      case '<':
        return value < this.#low
      case '<=':
        return value <= this.#low
      case '=':
        return value === this.#high
      case '!=':
        return value !== this.#high
      case 'outside':
        return value < this.#low || value > this.#high
      case 'inside':
        return value >= this.#low && value <= this.#high
      default:
        return false
    }
  }

  /** Of a value that is not in breach. Without `clear` there is nothing between, as no number compares with NaN. */
  isClear(value: number): boolean {
    switch (this.#operator) {
      case '>':
      case '>=':
        return !(value > this.#clear)
      case '<':
      case '<=':
        return !(value < this.#clear)
      default:
        return true
    }
  }
}
