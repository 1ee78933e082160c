// Ten people with microphone and camera: the three audio slots follow who speaks, and nobody hears themselves.
import test from 'node:test'
import assert from 'node:assert/strict'
import { a_server, light_clients, setting, until_empty } from '../lib/scene.mjs'
import { pause, until } from '../lib/wait.mjs'

const NAMES = ['Ann', 'Bob', 'Cid', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal', 'Ivy', 'Joe']
const SPEAKING_DBOV = 20, SILENT_DBOV = 127
const SWITCH_LIMIT_MS = 2000
const CPU_S = setting('CPU_S', 5)
/** Who speaks in each scene; the last is more than there are slots, with one quieter than the rest. */
const SCENES = [['Ann'], ['Bob', 'Cid'], ['Dan', 'Eve', 'Fay'], ['Gus'], ['Joe', 'Ann']]

/** Names that a client's audio slots carry right now, by what is really in the packets. */
const carried = (client) => [...client.received.values()].filter((r) => r.kind === 'audio').map((r) => r.last_word)

test('ten participants: audio slots follow who speaks', { timeout: 180_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  const idle = server.figures()
  const clients = await light_clients(t, server, meeting.code, NAMES, { view: { audio_slots: 3, video_slots: 9 } })
  const of = Object.fromEntries(clients.map((c) => [c.name, c]))

  await until('everybody receives nine videos', () => clients.every((c) =>
    [...c.received.values()].filter((r) => r.kind === 'video' && r.key_pictures > 0).length === 9), { timeout_ms: 20_000 })

  for (const speakers of SCENES) {
    await t.test(`${speakers.join(' and ')} speak`, async (t) => {
      for (const c of clients) c.level = speakers.includes(c.name) ? SPEAKING_DBOV : SILENT_DBOV
      const since = Date.now()
      for (const listener of clients) {
        const expected = speakers.filter((name) => name !== listener.name)
        await until(`${listener.name} hears ${expected.join(', ')}`, () => expected.every((name) => carried(listener).includes(name)),
          { timeout_ms: Math.max(1, SWITCH_LIMIT_MS - (Date.now() - since)) + 500, every_ms: 20 })
      }
      t.diagnostic(`all hear the new speakers after ${Date.now() - since} ms`)
      for (const listener of clients) {
        const told = [...listener.slots.values()].filter((s) => s.kind === 'audio' && s.participant)
        for (const name of speakers.filter((n) => n !== listener.name))
          assert.ok(told.some((s) => s.participant === of[name].participant && listener.received.get(s.mid).last_word === name),
            `${listener.name} is told the slot that carries ${name}`)
      }
    })
  }

  await t.test('the dominant speaker is announced', async () => {
    const said = () => clients[5].history.filter((e) => e.room === 'speakers').at(-1)
    await until('Joe or Ann is the dominant speaker', () => ['Joe', 'Ann'].some((name) => of[name].participant === said()?.dominant))
    await until('both are announced as speaking', () => ['Joe', 'Ann'].every((name) => said().speaking.includes(of[name].participant)))
  })

  await t.test('nobody hears themselves', () => {
    for (const c of clients) {
      assert.ok(!c.words_heard.has(c.name), `${c.name} hears itself`)
      assert.equal(c.strays, undefined, `${c.name} received packets of no slot`)
    }
  })

  await t.test(`CPU of Janus in ${CPU_S} s`, async (t) => {
    const packets = () => clients.reduce((sum, c) => sum + [...c.received.values()].reduce((n, r) => n + r.packets, 0), 0)
    const [before, packets_before, at] = [server.figures(), packets(), performance.now()]
    await pause(CPU_S * 1000) // the length of the measurement
    const after = server.figures(), seconds = (performance.now() - at) / 1000
    const rate = (packets() - packets_before) / seconds, cpu = (after.cpu_s - before.cpu_s) / seconds
    t.diagnostic(`Janus: ${(cpu * 100).toFixed(1)} % of a core, ${Math.round(rate)} packets/s out, ` +
      `${(cpu / rate * 1e6).toFixed(1)} us a packet, ${after.rss_kb - idle.rss_kb} KB more than idle, ${after.threads} threads`)
    // 3 voices (2 for each of the speakers) and 9 videos of 16.7 pictures for each of the ten.
    assert.ok(rate > 0.8 * 10 * (2 * 50 + 9 * 1000 / 60), `${Math.round(rate)} packets/s`)
  })

  await Promise.all(clients.map((c) => c.leave()))
  await until_empty(server, meeting.code)
})
