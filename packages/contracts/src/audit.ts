import { type Static, Type } from 'typebox'
import { PageQuery, pageOf } from './http-api.js'
import { Timestamp } from './telemetry.js'

/** Who did what to what, and when. */
export const AuditEntry = Type.Object({
  /** a number as text; a newer entry has a greater one */
  id: Type.String(),
  timestamp: Timestamp,
  /** username; absent: the system */
  actor: Type.Optional(Type.String()),
  /** `alert.acknowledged`, `rule.created`, `user.disabled`, … */
  action: Type.String({ maxLength: 64 }),
  target: Type.Object({ type: Type.String({ maxLength: 32 }), id: Type.String({ maxLength: 256 }) }),
  /** never a secret */
  detail: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type AuditEntry = Static<typeof AuditEntry>

export const AuditQuery = Type.Object(
  {
    ...PageQuery,
    actor: Type.Optional(Type.String({ maxLength: 64 })),
    /** the whole name, or what comes before its dot */
    action: Type.Optional(Type.String({ maxLength: 64 })),
    targetType: Type.Optional(Type.String({ maxLength: 32 })),
    targetId: Type.Optional(Type.String({ maxLength: 256 })),
    from: Type.Optional(Type.String({ maxLength: 40 })),
    to: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
)
/** Newest first. */
export const AuditPage = pageOf(AuditEntry)
export type AuditPage = Static<typeof AuditPage>
