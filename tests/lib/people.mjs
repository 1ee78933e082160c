// People on the meeting page, as stories need them: who comes, by which way, and what the page shows.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { accessibility_violations, Visitor } from './browser.mjs'
import { pause, until } from './wait.mjs'

const PICTURES = process.env.CURIA_E2E_LOGS
export const DESK = { width: 1280, height: 800 }, PHONE = { width: 390, height: 844, hasTouch: true, isMobile: true }

export const state = (page) => page.evaluate(() => document.documentElement.dataset.state)
export const shows = (page, wanted, timeout_ms = 30_000) =>
  until(`the page shows ${wanted}`, async () => await state(page) === wanted, { timeout_ms })
export const words = (page, id) => page.evaluate((id) => document.getElementById(id).innerText, id)
export const by = (page, id) => page.getByTestId(id)

/** Takes a picture, and asks axe-core and the layout for complaints. */
export async function inspect (page, name) {
  const { width, height } = page.viewportSize()
  await pause(300) // what slides in has arrived
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true })
    await page.screenshot({ path: join(PICTURES, `people-${name}-${width}x${height}.png`) })
  }
  assert.deepEqual(await accessibility_violations(page), [], `${name} at ${width}x${height}`)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(overflow <= 0, `${name} at ${width}x${height} is ${overflow} pixels too wide`)
}

/** Comes to the lobby, says a name and asks to come in. */
export async function knock (visitor, server, code) {
  await visitor.page.goto(`${server.url}/m/${code}`)
  await shows(visitor.page, 'lobby')
  await visitor.page.getByLabel('Your name').fill(visitor.name)
  await by(visitor.page, 'join').click()
}

/** Whoever made the meeting, in it; `query` as in Visitor.join. */
export async function a_host (browser, server, meeting, { query = {}, ...options } = {}) {
  const host = await Visitor.open(browser, { name: 'Hanna', ...DESK, ...options })
  await host.page.addInitScript(([code, token]) => localStorage.setItem(`curia.host.${code}`, token), [meeting.code, meeting.host_token])
  await host.join(server.url, meeting.code, query)
  await shows(host.page, 'meeting')
  return host
}

export async function a_guest (browser, server, meeting, name, { query = {}, ...options } = {}) {
  const guest = await Visitor.open(browser, { name, ...DESK, ...options })
  await guest.join(server.url, meeting.code, query)
  await shows(guest.page, 'meeting')
  return guest
}
