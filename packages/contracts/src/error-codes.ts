/** Every error code that leaves the system, over REST (with its status) or in an answer over the sockets. */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, title: 'The request can’t be read' },
  VALIDATION_FAILED: { status: 400, title: 'The request has invalid fields' },
  BAD_CURSOR: { status: 400, title: 'The cursor is not one of ours' },
  UNAUTHENTICATED: { status: 401, title: 'Log in first' },
  TOKEN_EXPIRED: { status: 401, title: 'The access token has expired: refresh it' },
  BAD_CREDENTIALS: { status: 401, title: 'The username or the password is wrong' },
  REFRESH_INVALID: { status: 401, title: 'The session has ended: log in again' },
  FORBIDDEN: { status: 403, title: 'Your role may not do this' },
  ORIGIN_REFUSED: { status: 403, title: 'This origin is not allowed: see CORS_ORIGINS' },
  SETUP_TOKEN_INVALID: { status: 403, title: 'The set-up link is used up or wrong' },
  NOT_FOUND: { status: 404, title: 'There is no such thing' },
  CONFLICT: { status: 409, title: 'It exists already' },
  STATE_CONFLICT: { status: 409, title: 'It is not as it was: look again' },
  READ_ONLY: { status: 409, title: 'It is kept in a file: change it there' },
  LIMIT_REACHED: { status: 409, title: 'There are as many as there may be' },
  LAST_ADMINISTRATOR: { status: 409, title: 'An administrator who may log in has to be left' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Send application/json' },
  RANGE_TOO_LARGE: {
    status: 422,
    title: 'The range holds too many readings: narrow it, or ask for a bucket',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  LOGIN_THROTTLED: { status: 429, title: 'Too many failed logins' },
  TOO_MANY_CONNECTIONS: { status: 429, title: 'Too many connections' },
  TOO_MANY_SUBSCRIPTIONS: { status: 429, title: 'Too many subscriptions on this connection' },
  INTERNAL: { status: 500, title: 'Something failed here' },
  UNAVAILABLE: { status: 503, title: 'A part of the system is away: try again' },
} as const

export type ErrorCode = keyof typeof ERROR_CODES
