// What most stories begin and end with: a server, a browser, a clean end. Each test ends by checking that Janus lived.
import assert from 'node:assert/strict'
import { Front } from '../relay/front.mjs'
import { launch } from './browser.mjs'
import { LightClient } from './light-client.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

/** Starts a server that the end of test `t` stops; the test fails when Janus died, complained or left a sanitizer report. */
export async function a_server (t, options) {
  const server = await Server.start(options)
  t.after(async () => {
    const lived = server.alive
    if (!lived) t.diagnostic(server.log.slice(-3000))
    const end = await server.stop()
    assert.ok(lived, `Janus died: ${JSON.stringify(end)}`)
    assert.deepEqual(server.alarms().slice(0, 5), [], 'alarms in the log')
    assert.deepEqual([end.code, end.signal], [0, null], 'how Janus ended')
  })
  return server
}

export async function a_browser (t, options) {
  const browser = await launch(options)
  t.after(() => browser.close())
  return browser
}

export async function a_front (t, server, options) {
  const front = await Front.start(server, options)
  t.after(() => front.stop())
  return front
}

/** Light clients that joined, publish and (with `view`) subscribe. */
export async function light_clients (t, server, code, names, { view, publish = {} } = {}) {
  const clients = []
  t.after(() => { for (const client of clients) client.vanish() })
  for (const name of names) {
    const client = await new LightClient(server, code, { name }).join()
    clients.push(client)
    if (publish) await client.publish(publish)
  }
  if (view) for (const client of clients) await client.subscribe(view)
  return clients
}

/** Waits until nobody is left in the meeting. */
export const until_empty = (server, code, timeout_ms = 15_000) =>
  until('the meeting is empty', async () => await server.count(code) === 0, { timeout_ms, every_ms: 200 })

/** A number from the environment, for long runs of the same test. */
export const setting = (name, fallback) => Number(process.env[name] ?? fallback)
