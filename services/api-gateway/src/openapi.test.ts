import { ERROR_CODES } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { errorCodesOf } from './openapi.js'
import { contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

interface Operation {
  operationId: string
  summary: string
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { required?: boolean; content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

let gateway: OpenGateway
let paths: Record<string, Record<string, Operation>>
let document: Record<string, unknown>

beforeAll(async () => {
  gateway = await openGateway()
  const { body } = await gateway.ask('GET', '/api/docs/json')
  document = body
  paths = body.paths
})
afterAll(() => gateway.close())

describe('the OpenAPI document', () => {
  it('is of version 3.1 and says what it describes', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: 'IoT Monitoring', version: '0.0.1' })
  })

  it('has every route and no other', () => {
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.sort()).toEqual(contracts.map((one) => `${one.method} ${one.path}`).sort())
  })

  it('gives each operation an id of its own', () => {
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((one) => one.operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/)
  })

  it.each(contracts)('describes $method $path: parameters, body, answer, errors, who may', (contract) => {
    const operation = paths[contract.path]![contract.method.toLowerCase()]!
    const inPath = [...contract.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1])
    const described = (operation.parameters ?? []).filter((one) => one.in === 'path')
    expect(described.map((one) => one.name)).toEqual(inPath)
    for (const one of described) expect(one.required).toBe(true)

    const query = Object.keys((contract.query as { properties?: object } | undefined)?.properties ?? {})
    const inQuery = (operation.parameters ?? []).filter((one) => one.in === 'query')
    expect(inQuery.map((one) => one.name).sort()).toEqual(query.sort())

    expect(operation.requestBody !== undefined).toBe(contract.body !== undefined)
    if (contract.body) expect(operation.requestBody?.required).toBe(contract.bodyOptional !== true)
    if (contract.body) expect(Object.keys(operation.requestBody!.content)).toEqual(['application/json'])
    if (contract.answer) {
      const success = operation.responses[contract.status]!
      expect(success.content?.['application/json']?.schema).toBeDefined()
    }
    expect('202' in operation.responses).toBe(contract.mayPend === true)
    const headers = Object.keys((contract.headers as { properties?: object } | undefined)?.properties ?? {})
    const inHeader = (operation.parameters ?? []).filter((one) => one.in === 'header')
    expect(inHeader.map((one) => one.name)).toEqual(headers)
    for (const code of errorCodesOf(contract)) {
      const response = operation.responses[ERROR_CODES[code].status]!
      expect(response.description).toContain(code)
      expect(response.content?.['application/problem+json']?.schema).toBeDefined()
    }
    expect(operation.security !== undefined).toBe(contract.access !== 'open')
  })

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (found) => found[1]!,
    )
    for (const reference of references) {
      const target = reference
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
      expect(target).toBeDefined()
    }
  })

  it('has a page to read it on that runs nothing inline', async () => {
    const page = await fetch(`${gateway.url}/api/docs/`)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('upgrade-insecure-requests')
    for (const [, source] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await fetch(new URL(source!, `${gateway.url}/api/docs/`))
      expect(file.status).toBe(200)
      await file.arrayBuffer()
    }
  })
})
