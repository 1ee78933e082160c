// Runs curia-load once against a server of its own: tests/bench/run one KIND LOOPS ARGUMENT...   (KIND: curia, videoroom)
// BENCH_PRELOAD=<library>, BENCH_ROOM='{"batch_ms":5}', BENCH_LOG=1 shows the end of the server's log.
import { spawnSync } from 'node:child_process'
import { Janus } from './janus.mjs'

const [kind, loops, ...rest] = process.argv.slice(2)
const janus = await Janus.start({ kind, loops: Number(loops), preload: process.env.BENCH_PRELOAD, room: JSON.parse(process.env.BENCH_ROOM ?? '{}') })
const { status } = spawnSync(process.env.CURIA_LOAD ?? `${process.env.CURIA_STAGE}/bin/curia-load`, [...rest, ...janus.target, '--address', '10.99.0.2', '--janus-pid', String(janus.pid)],
  { stdio: 'inherit', env: { ...process.env, LD_LIBRARY_PATH: process.env.CURIA_LIBRARIES ?? `${process.env.CURIA_STAGE}/lib` } })
await janus.stop()
if (process.env.BENCH_LOG) console.log(janus.log.slice(-6000))
process.exit(status ?? 1)
