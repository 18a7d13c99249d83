import {
  CLIENT_EVENT_NOTES,
  CLIENT_EVENTS,
  type ClientEvent,
  COMPOSE_VARIABLES,
  ERROR_CODES,
  FIELD_FAULTS,
  RETIRED_VARIABLES,
  SERVER_EVENT_NOTES,
  SERVER_EVENTS,
  type ServerEvent,
  Subscribed,
  TOPICS,
} from '@iot/contracts'
import { variableFacts } from './variables.js'

export const MADE = '<!-- Made by `npm run generate`. -->\n\n'

export function configurationReference(): string {
  const rows = variableFacts().map(({ name, kind, description, secret, aliases, ...variable }) => {
    const notes = [
      secret && `secret: \`${name}_FILE\` too`,
      aliases.length > 0 && `older name: ${aliases.map(code).join(', ')}`,
    ]
    const text = [description, ...notes.filter(Boolean)].join(' · ')
    return `| \`${name}\` | ${kind} | ${variable.default === undefined || variable.default === '' ? '' : code(String(variable.default))} | ${text} |`
  })
  const retired = Object.entries(RETIRED_VARIABLES).map(([name, instead]) => `- \`${name}\`: ${instead}`)
  const compose = Object.entries(COMPOSE_VARIABLES).map(
    ([name, variable]) =>
      `| \`${name}\` | ${variable.default === '' ? '' : code(variable.default)} | ${variable.description} |`,
  )
  return `${MADE}# Configuration

Every setting is an environment variable, checked at the start; all faults are named at once, with exit code 78.
\`npm start\` reads \`.env\` as well.

| variable | values | default | what it is for |
|---|---|---|---|
${rows.join('\n')}

## The fleet

\`docker compose up\` reads \`.env\` too. It passes the variables above on where they are set, and names itself what joins the
services (\`KAFKA_BROKERS\`, \`REDIS_HOST\`, …). These are its own:

| variable | default | what it is for |
|---|---|---|
${compose.join('\n')}

## Older names

Names that have no effect any more, with what replaces them:

${retired.join('\n')}
`
}

export function errorReference(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([name, { status, title }]) => `| \`${name}\` | ${status} | ${title} |`,
  )
  const faults = Object.entries(FIELD_FAULTS).map(([name, text]) => `| \`${name}\` | ${text} |`)
  return `${MADE}# Error codes

Over REST as \`code\` of a problem document (RFC 9457) with this status; over the sockets as \`code\` of an answer.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}

## Faults of fields

\`errors\` of a problem, and what is wrong with a file of rules: a field, its message in English, and for what people fill
in also a \`code\` and the \`params\` that stand in its message.

| code | message |
|---|---|
${faults.join('\n')}
`
}

export function eventReference(): string {
  const fromClient = Object.entries(CLIENT_EVENTS).map(([name, args]) => {
    const { summary, role, answer } = CLIENT_EVENT_NOTES[name as ClientEvent]
    const given = args.map((schema, at) => `Argument ${at + 1}:\n\n${fenced(schema)}`)
    const answered = answer === Subscribed ? 'Answer: as below.' : `Answer:\n\n${fenced(answer)}`
    return [`## \`${name}\``, `${summary} Role: \`${role}\`.`, ...given, answered].join('\n\n')
  })
  const fromServer = Object.entries(SERVER_EVENTS).map(([name, schema]) => {
    const { summary, role } = SERVER_EVENT_NOTES[name as ServerEvent]
    return `## \`${name}\`\n\n${summary} Role: \`${role}\`.\n\n${fenced(schema)}`
  })
  const topics = Object.values(TOPICS).map(({ name, schema }) => `## \`${name}\`\n\n${fenced(schema)}`)
  return `${MADE}# Events and records, as JSON Schema

The events are also described by AsyncAPI: [asyncapi.json](asyncapi.json), and \`/api/docs/events\` of a running system. A role
is the least that an event needs.

# From a client

Each takes an optional last callback, called with \`{ok: true, …}\` or \`{ok: false, code, message}\`.

${fromClient.join('\n\n')}

## The answer to a subscribe

${fenced(Subscribed)}

# From the server

${fromServer.join('\n\n')}

# Records of the event log

${topics.join('\n\n')}
`
}

function fenced(schema: unknown): string {
  return `\`\`\`json\n${JSON.stringify(schema, null, 2)}\n\`\`\``
}

function code(text: string): string {
  return `\`${text}\``
}
