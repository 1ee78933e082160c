// Who can send nothing directly takes part through a TURN server, with the credentials that joining gives.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Visitor } from '../lib/browser.mjs'
import { a_browser, a_server } from '../lib/scene.mjs'
import { ADDRESS } from '../lib/server.mjs'
import { a_turn_server } from '../lib/turn.mjs'
import { until } from '../lib/wait.mjs'

const SECRET = 'what only Curia and the relay know'

/** For each of the page's connections: how it is, and by what kind of candidate. */
const paths = (page) => page.evaluate(() => {
  const open = window.connections_made.filter((pc) => pc.connectionState !== 'closed')
  return Promise.all(open.map(async (pc) => {
    const stats = await pc.getStats()
    const all = [...stats.values()]
    const pair = stats.get(all.find((s) => s.type === 'transport')?.selectedCandidatePairId)
    return { state: pc.connectionState, gathered: pc.iceGatheringState === 'complete', local: stats.get(pair?.localCandidateId)?.candidateType,
      offered: [...new Set(all.filter((s) => s.type === 'local-candidate').map((s) => s.candidateType))] }
  }))
})

test('a participant that only a relay reaches is seen and heard, and sees and hears', { timeout: 90_000 }, async (t) => {
  const turn = await a_turn_server(t, ADDRESS, SECRET)
  const server = await a_server(t, { turn: { urls: [turn.url], secret: SECRET } })
  const browser = await a_browser(t)
  const meeting = await server.make_meeting()
  const ann = await Visitor.open(browser, { name: 'Ann' })
  const ray = await Visitor.open(browser, { name: 'Ray' })
  await ann.join(server.url, meeting.code)
  await ray.join(server.url, meeting.code, { relay: 1 })
  await Promise.all([ann, ray].map((visitor) => visitor.hears_and_sees({ videos: 1, timeout_ms: 40_000 })))
  for (const path of await paths(ray.page)) assert.deepEqual([path.state, path.local, path.offered], ['connected', 'relay', ['relay']])
  assert.match(turn.log(), /ALLOCATE processed, success/)
  assert.ok(!server.log.includes(SECRET) && !turn.log().includes(SECRET), 'the secret is in no log')
  assert.deepEqual([...ann.errors, ...ray.errors], [])
})

test('a relay with another secret gives nothing', { timeout: 60_000 }, async (t) => {
  const turn = await a_turn_server(t, ADDRESS, `${SECRET}, another one`)
  const server = await a_server(t, { turn: { urls: [turn.url], secret: SECRET } })
  const ray = await Visitor.open(await a_browser(t), { name: 'Ray' })
  await ray.join(server.url, (await server.make_meeting()).code, { relay: 1 })
  await until('the relay refuses', () => /check_stun_auth: Cannot find credentials of user/.test(turn.log()), { timeout_ms: 30_000 })
  await until('nothing else is tried', async () => (await paths(ray.page)).every((path) => path.gathered))
  for (const path of await paths(ray.page)) assert.deepEqual([path.local, path.offered], [undefined, []])
})
