// The main job: people open a link and see and hear each other.
import test from 'node:test'
import assert from 'node:assert/strict'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { Visitor } from '../lib/browser.mjs'
import { ADDRESS } from '../lib/server.mjs'
import { a_browser, a_server, setting } from '../lib/scene.mjs'
import { watch } from '../lib/wait.mjs'

const WATCH_S = setting('MEETING_S', 10)
const JOIN_LIMIT_MS = setting('JOIN_LIMIT_MS', 15_000)
const FREEZE_LIMIT_MS = setting('FREEZE_LIMIT_MS', 4000)
const LOOK_EVERY_MS = 250

/** Follows the streams of one visitor; tells the longest time without a new picture, and the longest freeze by getStats. */
class Watcher {
  constructor (visitor) { Object.assign(this, { visitor, streams: new Map() }) }

  async look () {
    const { at, video, audio } = await this.visitor.incoming()
    for (const s of [...video, ...audio]) {
      const before = this.streams.get(s.id)
      const progress = s.kind === 'video' ? s.framesDecoded : s.totalAudioEnergy
      if (!before) {
        this.streams.set(s.id, { kind: s.kind, first: s, last: s, moved_at: at, progress, still_ms: 0, freeze_ms: 0 })
        continue
      }
      before.still_ms = Math.max(before.still_ms, at - before.moved_at)
      if (progress > before.progress) Object.assign(before, { progress, moved_at: at })
      if (s.freezeCount > before.last.freezeCount) {
        const length = (s.totalFreezesDuration - before.last.totalFreezesDuration) * 1000 / (s.freezeCount - before.last.freezeCount)
        before.freeze_ms = Math.max(before.freeze_ms, length)
      }
      before.last = s
    }
  }

  of (kind) { return [...this.streams.values()].filter((s) => s.kind === kind) }
}

test('three browsers see and hear each other', { timeout: 120_000 + WATCH_S * 1000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t)
  const meeting = await server.make_meeting({ title: 'Three' })
  const visitors = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => Visitor.open(browser, { name, width: 900, height: 640 })))

  const times = []
  for (const [n, visitor] of visitors.entries()) {
    await visitor.join(server.url, meeting.code)
    // Those who wait see the new one as soon as the new one sees them: all are timed from the newest link.
    for (const v of visitors.slice(0, n)) v.started = visitor.started
    times.push(...await Promise.all(visitors.slice(0, n + 1).map((v) => v.hears_and_sees({ videos: n }))))
  }
  t.diagnostic(`link to all others seen and heard, for each as the second and the third came: ${times.slice(1).join(', ')} ms`)
  assert.ok(Math.max(...times) <= JOIN_LIMIT_MS, `each sees and hears both others within ${JOIN_LIMIT_MS} ms`)

  await t.test('media is encrypted with AES-256-GCM', async () => {
    for (const v of visitors) {
      const { transports } = await v.incoming()
      const ciphers = transports.filter((s) => s.state === 'connected').map((s) => s.srtpCipher)
      assert.equal(ciphers.length, 2, `${v.name} has two connections`)
      assert.deepEqual([...new Set(ciphers)], ['SRTP_AEAD_AES_256_GCM'], v.name)
    }
  })

  await t.test('signalling runs on TLS 1.3', async () => {
    const socket = connect({ host: ADDRESS, port: server.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    assert.equal(socket.getProtocol(), 'TLSv1.3')
    socket.destroy()
  })

  await t.test(`no freeze over ${FREEZE_LIMIT_MS} ms in ${WATCH_S} s`, async (t) => {
    const watchers = visitors.map((v) => new Watcher(v))
    const before = server.figures()
    await watch(WATCH_S * 1000, LOOK_EVERY_MS, () => Promise.all(watchers.map((w) => w.look())))
    t.diagnostic(`Janus: ${((server.figures().cpu_s - before.cpu_s) / WATCH_S * 100).toFixed(1)} % of a core`)
    for (const w of watchers) {
      const videos = w.of('video'), voices = w.of('audio')
      t.diagnostic(`${w.visitor.name}: ` + videos.map((s) => `${((s.last.framesDecoded - s.first.framesDecoded) / WATCH_S).toFixed(1)} fps ` +
        `${s.last.frameWidth}x${s.last.frameHeight} still ${Math.round(s.still_ms)} ms freeze ${Math.round(s.freeze_ms)} ms`).join('; '))
      assert.deepEqual([videos.length, voices.length], [2, 2], `${w.visitor.name} receives two videos and two voices`)
      for (const s of videos) {
        assert.ok(s.freeze_ms <= FREEZE_LIMIT_MS, `${w.visitor.name}: a freeze of ${Math.round(s.freeze_ms)} ms`)
        assert.ok(s.still_ms <= FREEZE_LIMIT_MS + LOOK_EVERY_MS, `${w.visitor.name}: no new picture for ${Math.round(s.still_ms)} ms`)
      }
      for (const s of voices) assert.ok(s.last.totalAudioEnergy > s.first.totalAudioEnergy, `${w.visitor.name} keeps hearing`)
    }
  })

  for (const v of visitors) assert.deepEqual(v.errors, [], `errors in ${v.name}'s page`)
})
