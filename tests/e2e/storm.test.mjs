// Rounds of people who come and vanish at any step. Afterwards nothing of them may be left. STORM_ROUNDS=200 for the long run;
// with a sanitizer build (CURIA_SANITIZER=asan) leaks and overruns show as well.
import test from 'node:test'
import assert from 'node:assert/strict'
import { LightClient } from '../lib/light-client.mjs'
import { a_server, light_clients, setting, until_empty } from '../lib/scene.mjs'
import { pause, until } from '../lib/wait.mjs'

const REST_MS = 20_000
const ROUNDS = setting('STORM_ROUNDS', 20)
const AT_ONCE = setting('STORM_AT_ONCE', 3)
const SEED = setting('STORM_SEED', 20)

/** Idle threads that the pools of GLib and Janus may keep; a leak is one for each visitor. */
const POOLED = 4

let state = SEED
const dice = (sides) => { state = state * 1103515245 + 12345 & 0x7fffffff; return (state >> 8) % sides }

/** The steps of a visit; a visitor may vanish before, in the middle of, or after each. */
const STEPS = {
  token: (c) => c.get_token(),
  connect: (c) => c.connect(),
  join: (c) => c.enter(),
  publish: (c) => c.publish({ video: dice(4) > 0 }),
  subscribe: (c) => c.subscribe({ video_slots: 1 + dice(4) }),
  view: (c) => c.view({ slots: [{ mid: '3', want: 'auto', height: 180 }] }),
  stay: () => pause(dice(400)),
  republish: (c) => c.socket.message(c.publish_handle, { request: 'unpublish' }),
  leave: (c) => c.leave(),
}
const NAMES = Object.keys(STEPS)
/** How a visitor ends: all at once, only the media, only the socket, or by a request that is never waited for. */
const ENDS = {
  vanish: (c) => c.vanish(),
  media_first: async (c) => { c.vanish({ socket: false }); await pause(dice(300)); c.vanish() },
  destroy: (c) => {
    if (c.socket?.ws?.readyState === 1) c.socket.request({ janus: 'destroy' }).catch(() => {})
    setTimeout(() => c.vanish(), dice(50))
  },
}
const END_NAMES = Object.keys(ENDS)

async function visit (server, code, name, counts) {
  const client = new LightClient(server, code, { name })
  const last = dice(NAMES.length), in_the_middle = dice(2) === 1
  const end = END_NAMES[dice(END_NAMES.length)]
  try {
    for (const [i, step] of NAMES.entries()) {
      const running = STEPS[step](client)
      if (i === last) {
        if (in_the_middle) Promise.resolve(running).catch(() => {}) // abandoned on purpose
        else await running
        break
      }
      await running
    }
    counts[`${NAMES[last]}${in_the_middle ? ' (in the middle)' : ''}`] = (counts[NAMES[last]] ?? 0) + 1
  } finally {
    if (!client.gone) await ENDS[end](client)
    setTimeout(() => client.vanish(), 400)
  }
}

/** Janus' own count of its sessions cannot be asked from outside; its sockets and threads can. GLib keeps idle pool threads 15 s. */
async function settled (server, base, limit_ms) {
  await until('as many file descriptors as before', () => {
    const files = server.files()
    if (Object.entries(files).every(([kind, n]) => n <= (base.files[kind] ?? 0))) return true
    throw new Error(`${JSON.stringify(base.files)} -> ${JSON.stringify(files)}`)
  }, { timeout_ms: limit_ms, every_ms: 250 })
  await until('no more threads than before', () => {
    if (server.figures().threads <= base.threads + POOLED) return true
    throw new Error(`${JSON.stringify(base.names)} -> ${JSON.stringify(server.threads())}`)
  }, { timeout_ms: limit_ms, every_ms: 250 })
  return server.figures()
}

test(`${ROUNDS} rounds of visitors that vanish`, { timeout: 120_000 + ROUNDS * 10_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting({ max_participants: 50 })
  // The first visitors make Janus open what it then keeps (pools, loops); what counts is growth after them.
  const warm = await light_clients(t, server, meeting.code, ['Warm', 'Up'], { view: { video_slots: 2 } })
  await Promise.all(warm.map((c) => c.leave()))
  await until_empty(server, meeting.code)
  await until('the pools have settled', async () => { const n = JSON.stringify(server.files()); await pause(500); return n === JSON.stringify(server.files()) })
  const base = { ...server.figures(), files: server.files(), names: server.threads() }

  const [stayer] = await light_clients(t, server, meeting.code, ['Stayer'], { view: { video_slots: 6 } })
  const counts = {}, failures = []
  const started = Date.now()
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => visit(server, meeting.code, `V${round}.${i}`, counts)
      .catch((error) => failures.push(`round ${round}: ${error.message}`))))
    assert.ok(server.alive, 'Janus lives')
  }
  t.diagnostic(`${ROUNDS} rounds of ${AT_ONCE} in ${Math.round((Date.now() - started) / 1000)} s; ended at: ${JSON.stringify(counts)}`)
  assert.deepEqual(failures.slice(0, 5), [], 'requests that should have worked')

  await until('only the one who stays is left', async () => await server.count(meeting.code) === 1, { timeout_ms: 25_000, every_ms: 250 })
  await until('the one who stays saw all leave', () => stayer.roster.size === 0)
  assert.equal(stayer.gaps, undefined, 'the roster has no gaps')
  await stayer.leave()
  await until_empty(server, meeting.code)
  const end = await settled(server, base, 30_000)
  t.diagnostic(`file descriptors ${base.fds} -> ${end.fds}, threads ${base.threads} -> ${end.threads}, memory ${base.rss_kb} -> ${end.rss_kb} KB`)
  // The core frees handles that vanished late; what it still holds when it ends would look like leaks of ours.
  if (process.env.CURIA_SANITIZER) await pause(REST_MS)
})
