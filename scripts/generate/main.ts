import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GENERATED } from './files.js'

for (const [path, render] of Object.entries(GENERATED)) {
  writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), render())
  console.log(path)
}
