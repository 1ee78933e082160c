// Browsers send the camera in three sizes. Each viewer receives the size that its tile needs; what nobody needs is not even
// encoded, and is there again at once when somebody needs it. STRICT=1 for the limits that hold on a machine of one's own.
import test from 'node:test'
import assert from 'node:assert/strict'
import { accessibility_violations, Visitor } from '../lib/browser.mjs'
import { a_browser, a_server, setting } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const STRICT = setting('STRICT', 0) === 1
const AGAIN_MS = STRICT ? 500 : 3000
const SMALL = { width: 360, height: 300 }, LARGE = { width: 1280, height: 800 }

/** Runs in the page before all: notes when `layers` events come, and when each rid sends its next picture after one. */
function watch_layers () {
  window.layer_log = []
  const Native = window.WebSocket
  window.WebSocket = class extends Native {
    constructor (...args) {
      super(...args)
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string' || !data.includes('"room":"layers"')) return
        const at = performance.now()
        for (const { source, wanted } of JSON.parse(data).plugindata.data.tracks) if (source === 'camera') note({ at, wanted, first_ms: {} })
      })
    }
  }
  const frames = async () => {
    const sent = {}
    for (const pc of window.connections_made ?? []) {
      if (pc.connectionState !== 'connected') continue
      for (const s of (await pc.getStats()).values()) if (s.type === 'outbound-rtp' && s.rid) sent[s.rid] = s.framesSent
    }
    return sent
  }
  const note = async (entry) => {
    const missing = entry.wanted.filter((rid) => !(window.layer_log.at(-1)?.wanted ?? ['h', 'm', 'l']).includes(rid))
    window.layer_log.push(entry)
    if (!missing.length) return
    const before = await frames()
    while (missing.length && performance.now() - entry.at < 8000) {
      await new Promise((resolve) => setTimeout(resolve, 30))
      const now = await frames()
      for (const rid of [...missing]) {
        if (!(now[rid] > (before[rid] ?? 0))) continue
        entry.first_ms[rid] = Math.round(performance.now() - entry.at)
        missing.splice(missing.indexOf(rid), 1)
      }
    }
  }
}

/** What the visitor's camera sends, by rid: { h: { frames, active, height }, ... } */
async function sends (visitor) {
  const { outbound } = await visitor.stats()
  return Object.fromEntries(outbound.filter((s) => s.kind === 'video' && s.rid)
    .map((s) => [s.rid, { frames: s.framesSent, active: s.active, height: s.frameHeight }]))
}

/** What this visitor's page says of Ann's camera. */
const sees = (visitor) => visitor.page.evaluate(() => {
  const slot = window.curia.slots.find((s) => s.source === 'camera' && window.curia.participant(s.participant)?.name === 'Ann')
  return slot && { mid: slot.mid, layer: slot.layer, layers: slot.layers, paused: slot.paused }
})

/** Lines of the picture that is really decoded. */
async function lines (visitor) {
  const slot = await sees(visitor)
  return (await visitor.incoming()).video.find((s) => s.mid === slot?.mid)?.frameHeight ?? 0
}

const still = async (visitor, rid) => {
  const before = await sends(visitor)
  await new Promise((resolve) => setTimeout(resolve, 800))
  return (await sends(visitor))[rid].frames === before[rid].frames
}

test('three browsers: layers by the size of the tile', { timeout: 150_000 }, async (t) => {
  const server = await a_server(t, { room: { start_bitrate_bps: 3_000_000 } })
  const browser = await a_browser(t)
  const meeting = await server.make_meeting()
  const ann = await Visitor.open(browser, { name: 'Ann', ...SMALL })
  await ann.page.addInitScript(watch_layers)
  await ann.join(server.url, meeting.code)
  const bob = await Visitor.open(browser, { name: 'Bob', ...SMALL })
  const cid = await Visitor.open(browser, { name: 'Cid', ...LARGE })
  for (const viewer of [bob, cid]) await viewer.join(server.url, meeting.code, { audio: 0, video: 0 })
  for (const viewer of [bob, cid]) await viewer.hears_and_sees({ videos: 1 })
  t.diagnostic(`offered and sent: ${JSON.stringify(await sends(ann))}`)

  await t.test('a small tile gets a low layer, who pins gets the top', async (t) => {
    await cid.page.getByRole('button', { name: 'Pin Ann' }).click()
    await until('Cid decodes 720 lines', async () => await lines(cid) >= 700, { timeout_ms: 30_000, every_ms: 200 })
    await until('Bob decodes fewer', async () => { const n = await lines(bob); return n > 0 && n <= 360 }, { timeout_ms: 20_000, every_ms: 200 })
    const [small, large] = [await sees(bob), await sees(cid)]
    t.diagnostic(`Bob ${JSON.stringify(small)} ${await lines(bob)} lines, Cid ${JSON.stringify(large)} ${await lines(cid)} lines`)
    assert.equal(large.layer, large.layers - 1)
    assert.ok(small.layer < large.layer)
  })

  await t.test('what nobody receives is not encoded', async (t) => {
    const since = Date.now()
    await cid.page.setViewportSize(SMALL)
    await until('the top layer stops at its source', async () => (await sends(ann)).h.active === false && await still(ann, 'h'),
      { timeout_ms: 20_000, every_ms: 200 })
    t.diagnostic(`the top layer stopped ${Date.now() - since} ms after the last large tile went; now ${JSON.stringify(await sends(ann))}`)
  })

  await t.test(`what is wanted again is there within ${AGAIN_MS} ms`, async (t) => {
    const since = Date.now()
    await cid.page.setViewportSize(LARGE)
    const took = await until('the top layer runs again', () => ann.page.evaluate(() =>
      window.layer_log.findLast((entry) => entry.first_ms.h !== undefined)?.first_ms.h), { timeout_ms: 20_000, every_ms: 100 })
    await until('Cid decodes 720 lines again', async () => await lines(cid) >= 700, { timeout_ms: 20_000, every_ms: 100 })
    t.diagnostic(`${took} ms from the event to the next picture; ${Date.now() - since} ms from the larger window to the larger picture`)
    assert.ok(took <= AGAIN_MS, `${took} ms`)
  })

  await t.test('layers stay stopped over a lost connection', async () => {
    await cid.page.setViewportSize(SMALL)
    await until('the top layer stops', async () => (await sends(ann)).h?.active === false, { timeout_ms: 20_000, every_ms: 200 })
    await ann.page.evaluate(() => window.curia.transport.socket.drop())
    await until('Ann is back', () => ann.page.evaluate(() => window.curia.state === 'connected'))
    assert.ok(await still(ann, 'h'))
  })

  await t.test('a camera that goes off and on again is seen again', async () => {
    await ann.page.keyboard.press('v')
    await until('Bob sees no camera', async () => (await sees(bob))?.paused === 'muted' || !await sees(bob), { every_ms: 100 })
    await ann.page.keyboard.press('v')
    const frames = async () => (await bob.incoming()).video.reduce((n, s) => n + s.framesDecoded, 0)
    const before = await frames()
    await until('Bob decodes pictures again', async () => await frames() > before + 5, { timeout_ms: 20_000, every_ms: 200 })
  })

  await t.test('the quality request answers, and the panel says it in words', async () => {
    const quality = await cid.page.evaluate(() => window.curia.quality())
    assert.ok(quality.estimate_bps > 0 && quality.slots.length >= 1, JSON.stringify(quality))
    await cid.page.setViewportSize(LARGE)
    await cid.page.keyboard.press('q')
    const panel = cid.page.getByTestId('quality')
    await panel.getByText('Your line carries about').waitFor()
    await panel.getByText(/of 3/).first().waitFor()
    assert.match(await panel.innerText(), /\d+ × \d+ · \d+ fps · \d/)
    assert.deepEqual(await accessibility_violations(cid.page), [])
    await cid.page.keyboard.press('Escape')
    assert.equal(await panel.isVisible(), false)
  })

  for (const v of [ann, bob, cid]) assert.deepEqual(v.errors, [], `errors in ${v.name}'s page`)
})
