// Janus' own browser library, as npm has it, joins and publishes through /janus.
import test from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Visitor } from '../lib/browser.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_server, light_clients, until_empty } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const library = (path) => readFileSync(new URL(`../node_modules/${path}`, import.meta.url), 'utf8')

/** Runs in the page, with janus.js and the adapter loaded. */
async function publish_with_janus_js ({ url, token }) {
  const call = (ask) => new Promise((success, error) => ask({ success, error: (e) => error(new Error(String(e))) }))
  await new Promise((callback) => Janus.init({ debug: ['error'], callback, dependencies: Janus.useDefaultDependencies({ adapter }) }))
  window.janus = await new Promise((resolve, reject) => {
    const janus = new Janus({ server: `${url}?access_token=${token}`, success: () => resolve(janus), error: (e) => reject(new Error(String(e))) })
  })
  const answers = []
  let tell
  window.up = false
  const handle = window.handle = await call((callbacks) => window.janus.attach({ plugin: 'janus.plugin.curia.room', ...callbacks,
    webrtcState: (up) => { window.up = up },
    onmessage: (message, jsep) => { answers.push(message); if (jsep) handle.handleRemoteJsep({ jsep }); tell?.(message) } }))
  const ask = (message, jsep) => new Promise((resolve) => { tell = (m) => m.room !== 'roster' && resolve(m); handle.send({ message, jsep }) })
  const joined = await ask({ request: 'join', token })
  const offer = await call((callbacks) => handle.createOffer({ ...callbacks, tracks: [
    { type: 'audio', capture: true, recv: false }, { type: 'video', capture: true, recv: false }] }))
  const published = await ask({ request: 'publish', tracks: [{ mid: '0', source: 'microphone' }, { mid: '1', source: 'camera' }] }, offer)
  return { joined, published }
}

test('janus.js joins and publishes', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t)
  const meeting = await server.make_meeting()
  const [watcher] = await light_clients(t, server, meeting.code, ['Watcher'], { view: { video_slots: 2 } })

  const { page } = await Visitor.open(await a_browser(t), { name: 'JanusJs', bypassCSP: true })
  await page.goto(`${server.url}/healthz`)
  await page.addScriptTag({ content: library('webrtc-adapter/out/adapter.js') })
  await page.addScriptTag({ content: library('janus-gateway/npm/dist/janus.es.js').replace(/^export .*$/m, '') + '\nwindow.Janus = Janus;' })
  const { body } = await api_request(server.url, 'POST', `/api/v1/meetings/${meeting.code}/join`, { body: { name: 'JanusJs' } })

  const { joined, published } = await page.evaluate(publish_with_janus_js, { url: body.url, token: body.token })
  assert.equal(joined.room, 'joined')
  assert.equal(published.room, 'published', JSON.stringify(published))
  t.diagnostic(`published ${JSON.stringify(published.tracks)}`)
  await until('the connection is up', () => page.evaluate(() => window.up))
  await until('the watcher receives its pictures and voice', () => {
    const slots = [...watcher.slots.values()].filter((s) => s.participant === joined.you.participant)
    return ['audio', 'video'].every((kind) => slots.some((s) => s.kind === kind && watcher.received.get(s.mid).packets > 20))
  })

  await t.test('keepalive, hangup, detach and destroy', async () => {
    await page.evaluate(() => new Promise((success, error) => window.handle.detach({ success, error })))
    await until('the seat is given up', () => ![...watcher.roster.keys()].includes(joined.you.participant))
    await page.evaluate(() => new Promise((success, error) => window.janus.destroy({ success, error })))
  })
  watcher.vanish()
  await until_empty(server, meeting.code)
})
