// People whose network goes: who comes back in time keeps the seat; who does not is noticed soon.
import test from 'node:test'
import assert from 'node:assert/strict'
import { launch_killable, Visitor } from '../lib/browser.mjs'
import { LightClient } from '../lib/light-client.mjs'
import { Relay } from '../relay/relay.mjs'
import { a_browser, a_front, a_server, light_clients, until_empty } from '../lib/scene.mjs'
import { pause, until } from '../lib/wait.mjs'

const CUT_MS = 8000
const BACK_LIMIT_MS = 10_000
const NOTICE_LIMIT_MS = 10_000
const LEAVE_LIMIT_MS = 20_000

/** When `watcher` first learnt that `participant` is away or left, as ms since `since`. */
const learnt = (watcher, participant, since, what) => {
  const event = watcher.history.find((e) => e.at >= since && e.room === 'roster' && (
    (what !== 'left' && e.changed?.some((p) => p.participant === participant && p.away)) ||
    (what !== 'away' && e.left?.some((p) => p.participant === participant))))
  return event && event.at - since
}

test('a cut of 8 s keeps the seat', { timeout: 90_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  const [ann, bob] = await light_clients(t, server, meeting.code, ['Ann', 'Bob'], { view: { video_slots: 4 } })
  const front = await a_front(t, server, { relay: new Relay() })
  const eve = await Visitor.open(await a_browser(t), { name: 'Eve' })
  await eve.join(front.url, meeting.code)
  await eve.hears_and_sees({ videos: 2 })
  const { participant } = eve
  const slot_of_eve = () => [...ann.slots.values()].find((s) => s.participant === participant && s.kind === 'video')
  await until('Ann sees Eve', () => slot_of_eve() && ann.received.get(slot_of_eve().mid)?.pictures > 0)
  const heard_from_eve = () => { const s = slot_of_eve(); return s ? ann.received.get(s.mid).pictures : 0 }

  const cut_at = Date.now()
  front.cut()
  await pause(CUT_MS) // the length of the cut is what is tested
  const during = await eve.incoming()
  const sent_before = heard_from_eve()
  front.mend()
  const mended_at = Date.now()
  await until('Eve decodes both videos again', async () => {
    const now = await eve.incoming()
    const moved = now.video.filter((s) => s.framesDecoded > (during.video.find((d) => d.id === s.id)?.framesDecoded ?? 0) + 5)
    return moved.length >= 2
  }, { timeout_ms: BACK_LIMIT_MS, every_ms: 100 })
  t.diagnostic(`pictures again ${Date.now() - mended_at} ms after the network is back`)
  await until('Ann receives Eve again', () => heard_from_eve() > sent_before + 5, { timeout_ms: BACK_LIMIT_MS })
  t.diagnostic(`others see Eve again ${Date.now() - mended_at} ms after the network is back`)

  assert.equal(eve.participant, participant, 'the same seat')
  for (const other of [ann, bob]) {
    assert.equal(learnt(other, participant, cut_at, 'left'), undefined, `${other.name} saw no leave`)
    const joins = other.history.filter((e) => e.at >= cut_at && e.room === 'roster' && e.joined?.length)
    assert.deepEqual(joins, [], `${other.name} saw no join`)
    assert.equal(other.gaps, undefined, `${other.name} saw every change of the roster`)
  }
  assert.equal(await server.count(meeting.code), 3)
})

test('who is gone is noticed', { timeout: 120_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  const [watcher] = await light_clients(t, server, meeting.code, ['Watcher'], { view: { video_slots: 4 } })
  const browser = await a_browser(t)
  const killable = await launch_killable()
  const front = await a_front(t, server, { relay: new Relay() })

  const stories = {
    'a closed tab': { visitor: await Visitor.open(browser, { name: 'Closed' }), url: server.url, go: (v) => v.page.close() },
    'a killed browser': { visitor: await Visitor.open(killable.browser, { name: 'Killed' }), url: server.url, go: () => killable.kill() },
    'a silent network': { visitor: await Visitor.open(browser, { name: 'Silent' }), url: front.url, go: () => front.freeze() },
  }
  for (const { visitor, url } of Object.values(stories)) await visitor.join(url, meeting.code)
  await Promise.all(Object.values(stories).map(({ visitor }) => visitor.hears_and_sees({ videos: 3, timeout_ms: 25_000 })))

  for (const [name, { visitor, go }] of Object.entries(stories)) {
    await t.test(name, async (t) => {
      const { participant } = visitor
      const since = Date.now()
      await go(visitor)
      const noticed = await until('the others are told', () => learnt(watcher, participant, since), { timeout_ms: NOTICE_LIMIT_MS })
      t.diagnostic(`noticed after ${noticed} ms`)
      const left = await until('the seat is given up', () => learnt(watcher, participant, since, 'left'), { timeout_ms: LEAVE_LIMIT_MS })
      t.diagnostic(`left after ${left} ms`)
      assert.ok(![...watcher.slots.values()].some((s) => s.participant === participant), 'no slot carries who left')
    })
  }
  watcher.vanish()
  await until_empty(server, meeting.code)
})

test('a light client that falls silent is noticed', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  const [watcher, quiet] = await light_clients(t, server, meeting.code, ['Watcher', 'Quiet'], { view: { video_slots: 4 } })
  const { participant } = quiet
  await until('Watcher receives Quiet', () => [...watcher.received.values()].some((r) => r.pictures > 5))
  const since = Date.now()
  quiet.vanish({ socket: false }) // media stops, the WebSocket lives on
  const gone = await until('the roster shows no tracks of Quiet', () => {
    const event = watcher.history.find((e) => e.at >= since && e.room === 'roster' &&
      e.changed?.some((p) => p.participant === participant && !p.tracks.length))
    return event && event.at - since
  }, { timeout_ms: NOTICE_LIMIT_MS + 2000 })
  t.diagnostic(`tracks taken away after ${gone} ms`)
  quiet.socket.terminate()
})

test('a wrong token is refused', { timeout: 30_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  for (const token of ['', 'x', 'eyJhbGciOiJub25lIn0.e30.'])
    await assert.rejects(new LightClient(server, meeting.code, { token: token || ' ' }).join(), { code: 401 })
})
