import { type Static, Type } from 'typebox'
import { FIELD_FAULTS, type FieldFaultCode } from './field-fault-texts.js'

export const FieldFault = Type.Object({
  field: Type.String(),
  /** in English */
  message: Type.String(),
  /** absent: a fault that no form has, of which the message says all */
  code: Type.Optional(Type.Enum(Object.keys(FIELD_FAULTS) as FieldFaultCode[])),
  /** what the message is filled with */
  params: Type.Optional(Type.Record(Type.String(), Type.String())),
})
export type FieldFault = Static<typeof FieldFault>
