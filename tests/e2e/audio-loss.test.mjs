// A fifth of what comes down is lost, 40 ms of round trip. With audio_red the room repeats the last frames of a voice, and
// little of it has to be made up; without it much more is. Pictures go on. LOSS_S=60 for the long run; STRICT=1 for the
// limits that hold on a machine of one's own.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Visitor } from '../lib/browser.mjs'
import { Relay } from '../relay/relay.mjs'
import { a_browser, a_front, a_server, light_clients, setting } from '../lib/scene.mjs'
import { Viewing } from '../lib/viewer.mjs'
import { pause, watch } from '../lib/wait.mjs'

const LOSS = 0.2, ONE_WAY_MS = 20, SENT_FPS = 1000 / 60
const WATCH_S = setting('LOSS_S', 10), SETTLE_S = setting('SETTLE_S', 6)
const STRICT = setting('STRICT', 0) === 1
/** With less than this the voice is intelligible; on a shared machine the relay and the browser lose some of their own. */
const CONCEALED = STRICT ? 0.1 : 0.14
/** Of the frame rate, over all of the time. */
const SHARE = STRICT ? 0.5 : 0.25

/** What a viewer behind the bad line hears and sees of a server with these options. */
async function measure (t, browser, audio_red) {
  const server = await a_server(t, { room: { audio_red } })
  const meeting = await server.make_meeting()
  const relay = new Relay()
  const front = await a_front(t, server, { relay, relayed: ['subscribe'] })
  const [ann] = await light_clients(t, server, meeting.code, ['Ann'], { publish: { simulcast: true, sound: 'speech' } })
  ann.level = 30
  const viewer = await Visitor.open(browser, { name: 'Zoe', width: 640, height: 480 })
  await viewer.join(front.url, meeting.code, { audio: 0, video: 0 })
  await viewer.hears_and_sees({ videos: 1 })
  relay.up.set({ delay_ms: ONE_WAY_MS })
  relay.down.set({ delay_ms: ONE_WAY_MS, loss: LOSS })
  await pause(SETTLE_S * 1000) // until the server knows the line
  const viewing = new Viewing(viewer)
  const first = await viewing.look()
  let last
  await watch(WATCH_S * 1000, 500, async () => { last = await viewing.look() })
  const paused = viewing.samples.filter((s) => s.slots.some((v) => v.kind === 'video' && v.paused === 'bandwidth')).length / viewing.samples.length
  const seen = { paused, ...viewing.between(first, last), quality: last.quality, codecs: (await viewer.incoming()).audio.map((s) => s.codec) }
  const lost = relay.down.lost / (relay.down.lost + relay.down.passed)
  const fps = seen.fps[0]?.[1] ?? 0
  t.diagnostic(`audio_red ${audio_red}: ${(seen.concealed * 100).toFixed(1)} % of the voice made up; video ${fps.toFixed(1)} of ${SENT_FPS.toFixed(1)} fps ` +
    `at ${seen.fps[0]?.[4]} lines, paused ${(paused * 100).toFixed(0)} % of the time; ${(lost * 100).toFixed(0)} % lost in all; the server: ${JSON.stringify({ ...seen.quality, slots: undefined })}`)
  await viewer.close()
  ann.vanish()
  return { ...seen, fps }
}

test(`${LOSS * 100} % loss on the way down`, { timeout: 90_000 + 2 * WATCH_S * 1000 }, async (t) => {
  const browser = await a_browser(t)
  const on = await measure(t, browser, true)
  const off = await measure(t, browser, false)
  assert.ok(on.concealed < CONCEALED, `${(on.concealed * 100).toFixed(1)} % of the voice is made up with audio_red`)
  assert.ok(off.concealed > on.concealed, 'audio_red helps')
  assert.ok(on.fps > SHARE * SENT_FPS, `${on.fps.toFixed(1)} pictures a second of ${SENT_FPS.toFixed(1)}`)
})
