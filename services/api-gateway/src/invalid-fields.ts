import type { FieldFault } from '@iot/contracts'
import { AppError } from '@iot/runtime'

/** The refusal that names every field that is wrong. */
export function invalidFields(errors: readonly FieldFault[]): AppError {
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new AppError('VALIDATION_FAILED', detail, { errors })
}

export function refuseFaults(faults: readonly FieldFault[]): void {
  if (faults.length > 0) throw invalidFields(faults)
}
