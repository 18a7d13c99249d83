import type { Static, TOptional, TSchema } from 'typebox'
import type { CLIENT_EVENT_NOTES } from './event-notes.js'
import type { CLIENT_EVENTS, ClientEvent, SERVER_EVENTS, ServerEvent } from './socket-events.js'

/** What a listener of this event gets. */
export type ServerEventBody<Event extends ServerEvent> = Static<(typeof SERVER_EVENTS)[Event]>

/** What goes with this event, without the callback. */
export type ClientEventArguments<Event extends ClientEvent> = ArgumentsOf<(typeof CLIENT_EVENTS)[Event]>

/** What the callback of this event gets where it went well. */
export type ClientEventAnswer<Event extends ClientEvent> = Static<
  (typeof CLIENT_EVENT_NOTES)[Event]['answer']
>

type ArgumentsOf<Schemas extends readonly TSchema[]> = Schemas extends readonly [
  infer First extends TSchema,
  ...infer Rest extends readonly TSchema[],
]
  ? First extends TOptional<infer Inner extends TSchema>
    ? [argument?: Static<Inner>, ...ArgumentsOf<Rest>]
    : [argument: Static<First>, ...ArgumentsOf<Rest>]
  : []
