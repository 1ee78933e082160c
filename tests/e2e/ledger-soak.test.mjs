// The ledger at its limit, for `make soak-ledger`: PostgreSQL away for SOAK_S seconds under RATE events a second, Janus killed
// in the middle. What was in the spool by then must be in the books once, in order. A plugin of the tests tells the events
// (tests/ledger/source.c); two people meet meanwhile.
import test from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startPostgres } from '../lib/databases.mjs'
import { LightClient } from '../lib/light-client.mjs'
import { samples } from '../lib/prometheus.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_server, setting } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const SOAK_S = setting('SOAK_S', 60), RATE = setting('RATE', 5000)
const STEADY_S = 5, AFTER_S = 10
const N_VALUES = 12, ESTIMATE = 7, FREEZES = 9 // of a sample, which has its number as its estimate and its run as its freezes

// ---- the source ----

/** Modules of the stage and the source, in a folder of links; the source's sheet: rate, run, n. */
class Source {
  constructor (t) {
    this.folder = mkdtempSync(join(tmpdir(), 'curia-source-'))
    t.after(() => rmSync(this.folder, { recursive: true, force: true }))
    const modules = process.env.CURIA_MODULES ?? join(process.env.CURIA_STAGE, 'lib/janus')
    for (const kind of readdirSync(modules)) {
      mkdirSync(join(this.folder, kind))
      for (const name of readdirSync(join(modules, kind))) symlinkSync(join(modules, kind, name), join(this.folder, kind, name))
    }
    symlinkSync(process.env.CURIA_SOURCE_MODULE, join(this.folder, 'plugins', 'libsource.so'))
    this.sheet = join(this.folder, 'sheet')
    writeFileSync(this.sheet, Buffer.alloc(24))
    Object.assign(process.env, { CURIA_MODULES: this.folder, CURIA_SOURCE: this.sheet })
  }

  #number (at) { return Number(readFileSync(this.sheet).readBigInt64LE(at)) }
  get run () { return this.#number(8) }
  get n () { return this.#number(16) }

  set rate (rate) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(rate))
    writeFileSync(this.sheet, bytes, { flag: 'r+' })
  }
}

// ---- the spool, read by somebody else than who wrote it ----

/** [run, n] of a record of the source; undefined for others. */
function mark_of (payload) {
  let at = 17
  const text = () => {
    const length = payload.readUInt32LE(at)
    const value = payload.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length + 1
    return value
  }
  if (payload[16] === 1) {
    const texts = Array.from({ length: 7 }, text)
    const { run, n } = JSON.parse(texts[6])
    return n && [run, n]
  }
  for (let i = 0; i < 3; i++) text()
  const value = (i) => Number(payload.readBigInt64LE(payload.length - 8 * (N_VALUES - i)))
  return value(FREEZES) && [value(FREEZES), value(ESTIMATE)]
}

/** Numbers of the source's records in the folder, in order, and how many bytes there are. */
function read_spool (folder) {
  const numbers = []
  let bytes = 0
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.seg')).sort()) {
    const file = readFileSync(join(folder, name))
    bytes += statSync(join(folder, name)).size
    for (let at = 0; at + 8 <= file.length;) {
      const end = at + 8 + file.readUInt32LE(at)
      if (end > file.length) break // half a record: the process was killed
      const mark = mark_of(file.subarray(at + 8, end))
      if (mark) numbers.push(mark[1])
      at = end
    }
  }
  return { numbers, bytes }
}

// ---- the books ----

const TOLD = `(SELECT (data::json->>'run')::bigint AS run, (data::json->>'n')::bigint AS n FROM events WHERE meeting ~ '^MT_[0-9]{16}$'
  UNION ALL SELECT freezes, estimate_bps FROM quality_samples WHERE call_id ~ '^CA_[0-9]{16}$') told`

/** { rows, different, last, sum } of a run's events from number `first` on. */
function told (postgres, run, first = 1) {
  const [row] = postgres.sql(`SELECT COUNT (*), COUNT (DISTINCT n), COALESCE (MAX (n), 0), COALESCE (SUM (n), 0) FROM ${TOLD}
    WHERE run = ${run} AND n >= ${first}`)
  const [rows, different, last, sum] = row.map(Number)
  return { rows, different, last, sum }
}

const EVENTS = `(SELECT meeting, meeting_seq, (data::json->>'run')::bigint * 1000000000 + (data::json->>'n')::bigint AS mark
  FROM events WHERE meeting ~ '^MT_[0-9]{16}$') e`
const count = (postgres, what) => Number(postgres.sql(`SELECT COUNT (*) FROM ${what}`)[0][0])

/** How many have another number in their meeting than their place. */
const holes = (postgres) => count(postgres, `(SELECT meeting_seq, ROW_NUMBER () OVER (PARTITION BY meeting ORDER BY meeting_seq) AS place
  FROM ${EVENTS}) f WHERE meeting_seq <> place`)

/** How many were told before the one that is before them in their meeting; those that the ledger itself added have no mark. */
const out_of_order = (postgres) => count(postgres, `(SELECT mark, LAG (mark) OVER (PARTITION BY meeting ORDER BY meeting_seq) AS before
  FROM ${EVENTS} WHERE mark IS NOT NULL) f WHERE mark <= before`)

async function metric (server, name) {
  const { text } = await api_request(server.url, 'GET', '/metrics')
  return samples(text).get(name) ?? 0
}

const packets_of = (client) => [...client.received.values()].reduce((sum, { packets }) => sum + packets, 0)

test(`${RATE} events/s, PostgreSQL away for ${SOAK_S} s, Janus killed in the middle`, { timeout: (SOAK_S * 5 + 280) * 1000 }, async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  const source = new Source(t)
  const server = await a_server(t, { store: { url: postgres.url }, room: { quality_interval_ms: 1000 } })
  const meeting = await server.make_meeting()
  const [ann, bob] = [await new LightClient(server, meeting.code, { name: 'Ann' }).join(), await new LightClient(server, meeting.code, { name: 'Bob' }).join()]
  t.after(() => { ann.vanish(); bob.vanish() })
  await ann.publish()
  await bob.subscribe()
  await until('media flows', () => packets_of(bob) > 20)
  source.rate = RATE
  await pause(STEADY_S * 1000)

  const away = Date.now()
  await postgres.kill()
  const before = { n: source.n, packets: packets_of(bob) }
  const half_s = SOAK_S / 2
  while (Date.now() - away < half_s * 1000) {
    await ann.configure({ tracks: [{ source: 'camera', muted: Math.random() < 0.5 }] }) // the room answers within its time
    await pause(500)
  }
  const rate = (source.n - before.n) / ((Date.now() - away) / 1000), packets = (packets_of(bob) - before.packets) / half_s
  const refused = await metric(server, 'curia_ledger_events_total{result="refused_queue"}')
  const { rss_kb } = server.figures()
  await server.kill()
  ann.vanish()
  bob.vanish()
  const offered = source.n
  const spool = read_spool(join(server.state, 'data/spool'))
  t.diagnostic(`${rate.toFixed(0)} events/s offered while the database was away, ${refused} refused by the queue; ` +
    `${packets.toFixed(0)} packets/s reached Bob; at the kill ${spool.numbers.length} events (${(spool.bytes / 1e6).toFixed(0)} MB) in the spool, ` +
    `${offered - spool.numbers.at(-1)} in memory only, ${(rss_kb / 1024).toFixed(0)} MB resident`)
  assert.ok(packets > 10, 'the meeting went on')
  assert.ok(spool.numbers.length > 0)
  await pause(Math.max(0, away + SOAK_S * 1000 - Date.now()))

  await postgres.start()
  const back = Date.now()
  await server.restart()
  assert.equal(source.run, 2)
  const [first, last] = [spool.numbers[0], spool.numbers.at(-1)]
  await until('what was in the spool is written', () => told(postgres, 1).last >= last, { timeout_ms: (SOAK_S * 2 + 60) * 1000, every_ms: 1000 })
  const caught_up_s = (Date.now() - back) / 1000
  await pause(AFTER_S * 1000)
  source.rate = 0
  await pause(500)
  await until('all is written', () => told(postgres, 2).last === source.n, { timeout_ms: (SOAK_S * 2 + 60) * 1000, every_ms: 1000 })
  const all = told(postgres, 1), spooled = told(postgres, 1, first), after = told(postgres, 2)
  t.diagnostic(`written ${caught_up_s.toFixed(1)} s after PostgreSQL was back, while ${RATE} more came each second; ` +
    `before the kill ${offered} told, ${all.rows} written, ${offered - all.rows} lost; after it ${after.last} told, ${after.rows} written`)

  assert.deepEqual(spooled, { rows: spool.numbers.length, different: spool.numbers.length, last, sum: spool.numbers.reduce((a, b) => a + b, 0) },
    'what was in the spool is there once')
  assert.equal(all.rows, all.different, 'nothing is there twice')
  assert.equal(all.last, last, 'nothing else came from nowhere')
  assert.equal(after.rows, after.different, 'nor of what came later')
  assert.equal(last - all.rows, refused, 'only what was counted as refused is missing')
  assert.equal(holes(postgres), 0, 'numbered in each meeting without a hole')
  assert.equal(out_of_order(postgres), 0, 'in order')
})
