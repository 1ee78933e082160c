// Makes docs/performance.md and its plots of what paired.mjs measured. Usage: node tests/bench/performance.mjs RAW.json DOCS-FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCENARIOS } from './scenarios.mjs'
import { bars } from './plot.mjs'

const [raw_file, docs] = process.argv.slice(2)
if (!docs) {
  console.error('usage: performance.mjs RAW.json DOCS-FOLDER')
  process.exit(2)
}
const raw = JSON.parse(readFileSync(raw_file, 'utf8'))

const FIGURES = {
  cpu_pct: { of: (r) => r.server.cpu_pct, label: 'CPU', unit: '%' },
  us_per_packet: { of: (r) => r.server.us_per_packet, label: 'CPU per forwarded packet', unit: 'us' },
  cpu_pct_per_participant: { of: (r) => r.server.cpu_pct_per_participant, label: 'CPU per participant', unit: '%' },
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs of one scenario, grouped: [{ side, mode, runs }], the order of the table. */
function groups (scenario) {
  return scenario.variants.map(({ side, mode }) =>
    ({ side, mode, runs: raw.runs.filter((r) => r.scenario === scenario.name && r.side === side && r.mode === mode) })).filter((g) => g.runs.length)
}

/** The better mode of each side, and our figure as a ratio to theirs: the median over pairs, and the range. */
function judge (scenario, all) {
  const figure = FIGURES[scenario.figure].of
  const sides = [...new Set(all.map((g) => g.side))]
  const best = sides.map((side) => all.filter((g) => g.side === side)
    .sort((a, b) => median(a.runs.map((r) => figure(r.report))) - median(b.runs.map((r) => figure(r.report))))[0])
  if (best.length < 2) return null
  const ratios = best[0].runs.flatMap((ours) => {
    const theirs = best[1].runs.find((r) => r.pair === ours.pair)
    return theirs ? [figure(ours.report) / figure(theirs.report)] : []
  })
  return { best, ratio: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios), pairs: ratios.length }
}

const n = (value, digits = 1) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

function row ({ side, mode, runs }) {
  const m = (f) => median(runs.map((r) => f(r.report)))
  return `| ${side} | ${mode} | ${n(m((r) => r.server.cpu_pct))} | ${n(m((r) => r.server.us_per_packet))} | ${n(m((r) => r.received.packets_s), 0)} | ` +
    `${n(m((r) => r.received.bps) / 1e6)} | ${n(m((r) => r.delay_ms.p50), 2)} / ${n(m((r) => r.delay_ms.p99), 2)} | ` +
    `${n(m((r) => r.server.rss_kb_per_participant), 0)} | ${n(m((r) => r.server.threads), 0)} | ${n(m((r) => r.load.cpu_pct), 0)} |`
}

function section (scenario) {
  const all = groups(scenario)
  if (!all.length) return ''
  const verdict = judge(scenario, all)
  const { label } = FIGURES[scenario.figure]
  const missed = Math.max(...all.flatMap((g) => g.runs.map((r) => r.report.joins.failed + r.report.joins.without_media)))
  return [`## ${scenario.title}`, '', scenario.about, '',
    '| who | Janus | CPU % | us per packet | packets/s to clients | Mbit/s | delay p50 / p99 ms | KB per participant | threads | load generator CPU % |',
    '|---|---|---|---|---|---|---|---|---|---|', ...all.map(row), '',
    verdict ? `**${label}, ${verdict.best[0].side} (${verdict.best[0].mode}) to ${verdict.best[1].side} (${verdict.best[1].mode}): ${n(verdict.ratio, 2)}** ` +
      `(${n(verdict.low, 2)} to ${n(verdict.high, 2)} in ${verdict.pairs} pairs${scenario.limit ? `; wanted: at most ${n(scenario.limit, 2)}` : ''}).` : '',
    ...(missed ? [`In the worst run ${missed} participants failed or received nothing.`] : []), '',
    `![${scenario.title}](img/performance-${scenario.name}.svg)`, ''].join('\n')
}

function plots (scenario) {
  const all = groups(scenario)
  if (!all.length) return
  const { of, label, unit } = FIGURES[scenario.figure]
  const series = (get) => all.map(({ side, mode, runs }) => {
    const values = runs.map((r) => get(r.report))
    return { label: `${side}, ${mode}`, value: median(values), low: Math.min(...values), high: Math.max(...values), ours: side !== 'videoroom' }
  })
  const p99 = all.some((g) => g.runs.some((r) => r.report.delay_ms.p99 > 0))
  writeFileSync(join(docs, `img/performance-${scenario.name}.svg`), bars(scenario.title, [
    { title: `${label} (${unit})`, bars: series(of) },
    ...(p99 ? [{ title: 'Forwarding delay, p99 (ms)', bars: series((r) => r.delay_ms.p99) }] : []),
  ]))
}

const { machine } = raw
mkdirSync(join(docs, 'img'), { recursive: true })
const shown = SCENARIOS.filter((s) => groups(s).length)
shown.forEach(plots)
const summary = shown.map((s) => [s, judge(s, groups(s))]).filter(([, v]) => v).map(([s, v]) =>
  `| ${s.title} | ${FIGURES[s.figure].label} | ${n(v.ratio, 2)} | ${s.limit ? n(s.limit, 2) : ''} |`)
writeFileSync(join(docs, 'performance.md'), `# Performance

Written by \`make bench\` (${raw.at.slice(0, 10)}); the raw figures are in \`bench.json\` of the build folder. Ratios are Curia's figure to that of
Janus' stock VideoRoom on the same machine in the same minutes; below 1 is better.

| scenario | figure | ratio | wanted |
|---|---|---|---|
${summary.join('\n')}

## How it is measured

- **The same Janus.** Debian's \`janus\` ${machine.janus}, started anew for each run, once with our modules and once with \`libjanus_videoroom.so\` and
  \`libjanus_websockets.so\` as Debian packs them; the same \`janus.jcfg\` but for the folders. Unless a row says otherwise both use the C library's
  allocator. Where a side has two ways to run its loops, the better one counts.
- **The same load.** \`curia-load\` (docs/load.md) plays all participants: DTLS-SRTP with AES-256-GCM on both sides, Opus at 50 packets/s, VP8 at 30
  pictures/s, a picture's packets spread over 5 ms, reports and keyframe requests as browsers send them. It sleeps 0.5 ms and then takes all that came, as a
  network card would, so that it does not make the server's sends dearer. Everything runs in a network namespace with a veth pair.
- **Pairs.** ${raw.pairs} rounds; in each, all variants run one after the other, the order turned around each time. A run joins everybody, warms up for
  ${raw.warmup_s} s and is measured for ${raw.measured_s} s. Shown are medians over the rounds; a ratio is the median of the rounds' ratios.
- **CPU** is user and system time of the Janus process from \`/proc\`, in percent of one processor. Per packet: divided by the RTP packets that clients
  got. On a veth pair the kernel does most of the receiving half within the sender's call, so that is in it, on both sides alike.
- **Delay** is from the moment a client makes a packet to the moment the receiver's kernel has it, measured by a time stamp in the payload.
- **The machine** has ${machine.processors} processors (${machine.cpu}, Linux ${machine.kernel}), which server and load generator share: absolute delays would be shorter on a
  machine of their own, and a server that needs more CPU is also disturbed more.

## Where the time goes

\`perf record -g\` of Janus with our modules during the webinar (x86, 1 to 150): the kernel 36 % (mostly sending), libc 17 %, GLib 15 %, encryption
17 % (libsrtp2 with NSS), Janus 5 %, libnice 3 %, **our module 2 %**. What a module can spare beside VideoRoom is in the first figures; the rest of a
packet's cost is the core's queue, its wake-up and one system call each. Sending together what is due (\`room.batch_ms\`) and grouping the packets of a
picture were tried: they do not pay in webinars.

${shown.map(section).join('\n')}`)
console.log(`wrote ${join(docs, 'performance.md')}`)
