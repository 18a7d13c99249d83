import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const MOST_BYTES = 20 * 1_024

async function bundle(external: string[]) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['packages/client/src/index.ts'],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    external,
  })
  const [output] = Object.values(metafile.outputs)
  return { code: outputFiles[0]!.contents, inputs: Object.keys(output!.inputs) }
}

describe('the client in a browser', () => {
  it('is at most 20 KB beside socket.io-client, gzipped, and brings no schema', async () => {
    const { code, inputs } = await bundle(['socket.io-client'])
    expect(gzipSync(code).byteLength).toBeLessThan(MOST_BYTES)
    expect(inputs.length).toBeGreaterThan(8)
    expect(inputs.filter((path) => !path.startsWith('packages/client/src/'))).toEqual([])
  })

  it('is bundled without anything of Node', async () => {
    const { inputs } = await bundle([])
    expect(inputs.some((path) => path.includes('socket.io-client'))).toBe(true)
    expect(inputs.filter((path) => path.startsWith('node:'))).toEqual([])
  })
})
