import { FIELD_FAULTS, type FieldFault, type FieldFaultCode } from '@iot/contracts'

/** A fault with its code, and its message in English. */
export function fieldFault(
  field: string,
  code: FieldFaultCode,
  params?: Readonly<Record<string, string>>,
): FieldFault {
  const message = FIELD_FAULTS[code].replace(/\{\{(\w+)\}\}/g, (_, name: string) => params?.[name] ?? '')
  return { field, message, code, ...(params && { params }) }
}
