import { COMPOSE_VARIABLES } from '@iot/contracts'
import { variableFacts } from './variables.js'

/** .env.example: every variable with its default, commented out. */
export function envExample(): string {
  const head = [
    '# Made by `npm run generate` from packages/contracts/src/configuration.ts.',
    '# Copy to .env and take away the # where you want another value. For a secret, NAME_FILE may name a file that holds it.',
  ]
  const entries = variableFacts().flatMap((variable) => [
    '',
    `# ${variable.description}${variable.kind === 'text' ? '' : ` (${variable.kind.replaceAll('\\|', '|')})`}`,
    `#${variable.name}=${variable.default === undefined ? '' : presented(variable.default)}`,
  ])
  const compose = Object.entries(COMPOSE_VARIABLES).flatMap(([name, variable]) => [
    '',
    `# ${variable.description}`,
    `#${name}=${variable.default}`,
  ])
  return `${[...head, ...entries, '', '# ---- `docker compose up` alone ----', ...compose].join('\n')}\n`
}

function presented(value: unknown): string {
  if (value === true) return '1'
  if (value === false) return '0'
  return String(value)
}
