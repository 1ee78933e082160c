// Stories about the pages of accounts: signing up and in, what a page shows, and whether anybody is kept out of it.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessibility_violations, Visitor } from './browser.mjs'
import { until } from './wait.mjs'

const PICTURES = process.env.CURIA_E2E_LOGS

export const shows = (page, ...states) => until(`the page shows ${states}`, () => page.evaluate((s) => s.includes(document.documentElement.dataset.state), states))
export const button = (page, id) => page.getByTestId(id)
export const problem = (page, id, words) => until(`it says ${words}`, async () => words.test(await page.getByTestId(id).innerText()))
export const row = (page, list, text) => page.getByTestId(list).locator('li', { hasText: text })

/** Takes a picture, and asks axe-core and the layout for complaints. */
export async function inspect (page, name) {
  const { width, height } = page.viewportSize()
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true })
    await page.screenshot({ path: join(PICTURES, `${name}-${width}x${height}.png`), fullPage: true })
  }
  assert.deepEqual(await accessibility_violations(page), [], `${name} at ${width}x${height}`)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${name} at ${width}x${height} is too wide`)
  assert.equal(await page.evaluate(() => window.pwned), undefined, `${name}: what somebody typed ran`)
}

/** The secret of the link that makes the first administrator: the server keeps it in a file that only its user can read. */
export function first_secret (server) {
  const url = readFileSync(join(server.state, 'data/first-admin.url'), 'utf8').trim()
  return new URL(url).hash
}

export async function sign_up (server, browser, name, email, password, more = {}) {
  const visitor = await Visitor.open(browser, { camera: false, ...more })
  const { page } = visitor
  await page.goto(`${server.url}/sign-in`)
  await shows(page, 'in')
  await button(page, 'to-sign-up').click()
  await page.getByLabel('Your name').and(page.locator(':visible')).fill(name)
  await page.locator('#up-email').fill(email)
  await page.locator('#up-password').fill(password)
  await button(page, 'sign-up').click()
  await page.waitForURL('**/meetings')
  await shows(page, 'list')
  return visitor
}

export async function sign_in (server, browser, email, password, more = {}) {
  const visitor = await Visitor.open(browser, { camera: false, ...more })
  await visitor.page.goto(`${server.url}/sign-in`)
  await type_in(visitor.page, email, password)
  await shows(visitor.page, 'list')
  return visitor
}

export async function type_in (page, email, password) {
  await shows(page, 'in')
  await page.locator('#in-email').fill(email)
  await page.locator('#in-password').fill(password)
  await button(page, 'sign-in').click()
}
