// Paired runs of our room and of stock VideoRoom on the same Janus, one after the other; raw figures go to a file, which
// tests/bench/performance.mjs makes docs/performance.md of. Usage: tests/bench/run paired
// PAIRS=5 rounds, BENCH_S=12 seconds measured, BENCH_WARMUP_S=6, SCENARIOS="meeting-all webinar" picks some, BENCH_OUT=<file>
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Janus } from './janus.mjs'
import { SCENARIOS } from './scenarios.mjs'

const PAIRS = Number(process.env.PAIRS ?? 5), SECONDS = Number(process.env.BENCH_S ?? 12), WARMUP = Number(process.env.BENCH_WARMUP_S ?? 6)
const OUT = process.env.BENCH_OUT ?? 'bench.json'
const picked = (process.env.SCENARIOS ?? '').split(/[ ,]+/).filter(Boolean)
const unknown = picked.filter((name) => !SCENARIOS.some((s) => s.name === name))
if (unknown.length) {
  console.error(`unknown scenario ${unknown.join(', ')}; there are ${SCENARIOS.map((s) => s.name).join(', ')}`)
  process.exit(2)
}

const load_program = process.env.CURIA_LOAD ?? join(process.env.CURIA_STAGE, 'bin/curia-load')
const libraries = process.env.CURIA_LIBRARIES ?? join(process.env.CURIA_STAGE, 'lib')

/** One server, one load; gives curia-load's report. */
async function run ({ server, load }) {
  const folder = mkdtempSync(join(tmpdir(), 'curia-bench-'))
  const janus = await Janus.start(server)
  const file = join(folder, 'report.json')
  const { status } = spawnSync(load_program, [...load, ...janus.target, '--address', '10.99.0.2', '--janus-pid', janus.pid, '--quiet',
    '--warmup', WARMUP, '--duration', SECONDS, '--json', file].map(String),
  { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, LD_LIBRARY_PATH: libraries } })
  await janus.stop()
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
  rmSync(folder, { recursive: true, force: true })
  if (!report) throw new Error(`curia-load ended with ${status}\n${janus.log.slice(-2000)}`)
  return { status, ...report }
}

function machine () {
  const version = (package_name) => spawnSync('dpkg-query', ['-W', '-f', '${Version}', package_name]).stdout?.toString() ?? ''
  return { cpu: cpus()[0].model.trim(), processors: cpus().length, kernel: release(), janus: version('janus'), libsrtp2: version('libsrtp2-1'),
    libnice: version('libnice10'), jemalloc: version('libjemalloc2') }
}

function save (results) {
  writeFileSync(`${OUT}.new`, JSON.stringify(results, null, 1))
  renameSync(`${OUT}.new`, OUT)
}

const results = { at: new Date().toISOString(), pairs: PAIRS, measured_s: SECONDS, warmup_s: WARMUP, machine: machine(), runs: [] }
const scenarios = SCENARIOS.filter((s) => !picked.length || picked.includes(s.name))
for (let pair = 0; pair < PAIRS; pair++) {
  for (const scenario of scenarios) {
    // Who goes first changes, so that what drifts slowly favours neither.
    const variants = pair % 2 ? [...scenario.variants].reverse() : scenario.variants
    for (const { side, mode, ...how } of variants) {
      const report = await run(how)
      results.runs.push({ pair, scenario: scenario.name, side, mode, report })
      save(results)
      console.log(`${String(pair + 1).padStart(2)}/${PAIRS} ${scenario.name.padEnd(16)} ${side.padEnd(17)} ${mode.padEnd(18)} ` +
        `cpu ${report.server.cpu_pct.toFixed(1).padStart(6)} %  ${report.server.us_per_packet.toFixed(2).padStart(6)} us/packet  ` +
        `${Math.round(report.received.packets_s).toString().padStart(6)} packets/s  p50 ${report.delay_ms.p50.toFixed(2)} p99 ${report.delay_ms.p99.toFixed(2)} ms` +
        (report.status ? `  (curia-load: ${report.status}, ${JSON.stringify(report.joins.refusals)})` : ''))
    }
  }
}
console.log(`raw figures: ${OUT}`)
