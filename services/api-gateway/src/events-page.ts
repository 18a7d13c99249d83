import type { AsyncApiDocument, EventOperation } from './asyncapi.js'

export const EVENTS_STYLE = `body { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2530; background: #fff }
h2 { border-bottom: 1px solid #c8d0d8; margin-top: 3rem }
h3 { font-family: ui-monospace, monospace; margin: 2rem 0 0 }
h3 small { font: 0.8rem system-ui, sans-serif; color: #55606c }
pre { background: #f3f5f7; padding: 0.75rem; overflow-x: auto }
summary { cursor: pointer; color: #0b5cad }
@media (prefers-color-scheme: dark) {
  body { color: #dfe5eb; background: #14191f }
  h3 small { color: #98a4b0 }
  pre { background: #1f262e }
  summary, a { color: #7db8f2 }
}
`

/** The events to read in a browser, without a script. */
export function eventsPage(document: AsyncApiDocument, links: { json: string; style: string }): string {
  const { info, operations, components } = document
  const of = (action: EventOperation['action']) =>
    Object.values(operations)
      .filter((operation) => operation.action === action)
      .map((operation) => section(document, operation))
      .join('\n')
  const schemas = Object.entries(components.schemas)
    .map(([name, schema]) => `<h3 id="${text(name)}">${text(name)}</h3>${details('Schema', schema)}`)
    .join('\n')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(info.title)}</title><link rel="stylesheet" href="${links.style}"></head>
<body>
<h1>${text(info.title)}</h1>
<p>${text(info.description)}</p>
<p>AsyncAPI ${document.asyncapi}: <a href="${links.json}">as JSON</a></p>
<h2>From a client</h2>
${of('receive')}
<h2>From the server</h2>
${of('send')}
<h2>Schemas</h2>
${schemas}
</body>
</html>
`
}

function section({ components }: AsyncApiDocument, operation: EventOperation): string {
  const payloadOf = ({ $ref }: { $ref: string }) => components.messages[$ref.split('/').at(-1)!]?.payload
  const isCall = operation.reply !== undefined
  const parts = [
    ...operation.messages.map((message) => details(isCall ? 'Arguments' : 'Body', payloadOf(message))),
    ...(operation.reply?.messages ?? []).map((message) => details('Answer', payloadOf(message))),
  ]
  return `<h3>${text(operation.title)} <small>${text(operation['x-role'])}</small></h3>
<p>${text(operation.summary)}</p>
${parts.join('\n')}`
}

function details(title: string, schema: unknown): string {
  return `<details><summary>${title}</summary><pre>${text(JSON.stringify(schema, null, 2))}</pre></details>`
}

const ESCAPED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function text(raw: string): string {
  return raw.replace(/[&<>"]/g, (character) => ESCAPED[character]!)
}
