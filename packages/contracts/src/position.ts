import { type Static, Type } from 'typebox'

/** Where an event stands in its topic; `index` where a record holds several readings. */
export const Position = Type.Object({
  partition: Type.Integer({ minimum: 0 }),
  offset: Type.Integer({ minimum: 0 }),
  index: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type Position = Static<typeof Position>

/** The last seen in one partition: a number for a whole record, `[offset, index]` inside one. */
export const PartitionPosition = Type.Union([
  Type.Integer({ minimum: -1 }),
  Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })]),
])
export type PartitionPosition = Static<typeof PartitionPosition>

const ByPartition = Type.Record(Type.String({ pattern: '^[0-9]{1,5}$' }), PartitionPosition)

/** How far somebody has seen each kind of event, under one identity of the log (the epoch). */
export const Positions = Type.Object({
  epoch: Type.String({ minLength: 1, maxLength: 64 }),
  readings: ByPartition,
  status: ByPartition,
  alerts: Type.Optional(ByPartition),
})
export type Positions = Static<typeof Positions>
