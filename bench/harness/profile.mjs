// Loaded by the process under test where BENCH_PROFILE names a file: writes its CPU profile there when it ends.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 500 })
session.post('Profiler.start')
process.on('exit', () => {
  session.post('Profiler.stop', (_, { profile }) => {
    writeFileSync(process.env.BENCH_PROFILE, JSON.stringify(profile))
  })
})
