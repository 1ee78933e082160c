// Past meetings in a real browser: what the ledger's tables hold is found, read, drawn and downloaded; light and dark, phone and desk.
import test from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { accessibility_violations, Visitor } from '../lib/browser.mjs'
import { startPostgres } from '../lib/databases.mjs'
import { a_browser, a_server } from '../lib/scene.mjs'
import { mint } from '../lib/token.mjs'
import { until } from '../lib/wait.mjs'

const PICTURES = process.env.CURIA_E2E_LOGS
const MINUTE = 60_000
const START = Date.UTC(2026, 0, 31, 9)
const PEOPLE = ['Ann', 'Bob', 'Cid O\'Neill', '=HYPERLINK("http://evil.example","Eve")', 'Fay', 'Gus', 'Hal', 'Ida', 'Jon', 'Kim', 'Lea', 'Max']

const text = (value) => `'${String(value).replaceAll("'", "''")}'`
const row = (cells) => `(${cells.map((c) => typeof c === 'number' ? c : text(c)).join(', ')})`
/** Statements that put rows into a table, a few hundred each. */
const rows = (table, list) => Array.from({ length: Math.ceil(list.length / 300) }, (_, i) =>
  `INSERT INTO ${table} VALUES ${list.slice(300 * i, 300 * i + 300).map(row).join(', ')}`)

/** A call of an hour with a dozen people, one of whom has a bad line; and who could not get in. */
function weekly (id, { code, meeting }, start, people) {
  const stays = people.flatMap((name, i) => i % 3 === 1 ? [[i, 0, 20], [i, 25, 58]] : [[i, i % 4, 60 - i % 5]])
  const samples = stays.flatMap(([i, from, to], n) => Array.from({ length: (to - from) * 2 }, (_, k) => [`EV_${id}_${n}_${k}`, `PA_${id}_${n}`, id,
    start + from * MINUTE + k * 30_000, 20_000 + 3000 * i + (i === 2 ? 90_000 * Math.abs(Math.sin(k / 9)) | 0 : 0), 900_000 + 60_000 * i - (i === 2 && k > 40 ? 500_000 : 0),
    i === 2 && k > 40 && k < 70 ? 60_000 + 500 * k : 100 * i, 3000, 800_000 + 5000 * k, i === 1 ? 12_000 : 0, 2000, 2_000_000, 0, i === 2 && k === 50 ? 1 : 0, 0, 900]))
  return [...rows('calls', [[id, meeting, code, 'Weekly: plans & pictures', 'node-1', start, start + 60 * MINUTE, 'empty', start + 60 * MINUTE, 2]]),
    ...rows('participations', stays.map(([i, from, to], n) => [`PA_${id}_${n}`, id, meeting, `p${n}`, `user-${i}`, people[i], i ? 'participant' : 'host',
      start + from * MINUTE, start + to * MINUTE, 'left', 400 + 130 * i, i * 40_000, i % 3])),
    ...rows('quality_samples', samples),
    ...rows('events', [7, 31].map((at, n) => [1e6 + n, `EV_${id}_f${n}`, 'join_failed', start + at * MINUTE, 'node-1', meeting, n + 1, id,
      JSON.stringify({ code, identity: `late-${n}`, error: 'meeting-full', detail: 'The meeting has all of its 12 participants' })]))]
}

/** Takes a picture, and asks axe-core and the layout for complaints. */
async function inspect (page, name) {
  const { width, height } = page.viewportSize()
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true })
    await page.screenshot({ path: join(PICTURES, `${name}-${width}x${height}.png`), fullPage: true })
  }
  assert.deepEqual(await accessibility_violations(page, ['moderate', 'serious', 'critical']), [], `${name} at ${width}x${height}`)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${name} at ${width}x${height} is too wide`)
}

const shows = (page, state) => until(`the page shows ${state}`, () => page.evaluate((s) => document.documentElement.dataset.state === s, state))
const calls = (page) => page.getByTestId('calls').locator('li')
const csv_rows = (csv) => csv.replace(/^\ufeff/, '').split('\r\n').filter(Boolean)

test('past meetings', { timeout: 240_000 }, async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  const server = await a_server(t, { store: { url: postgres.url } })
  const mine = await server.make_meeting({ title: 'Weekly: plans & pictures' })
  const other = await server.make_meeting({ title: 'Of others' })
  const many = Array.from({ length: 60 }, (_, i) => [`CA_many${i}`, other.id, other.code, `Lesson ${i}`, 'node-1', START + i * MINUTE, START + (i + 5) * MINUTE,
    'ended', START + (i + 5) * MINUTE, 0])
  for (const statement of [...weekly('CA_weekly', { code: mine.code, meeting: mine.id }, START, PEOPLE), ...rows('calls', many), ...rows('calls', [['CA_quiet', mine.id, mine.code, '', 'node-1', START + 90 * MINUTE, START + 91 * MINUTE, 'crashed', START + 91 * MINUTE, 0]])])
    postgres.sql(statement)
  const all = mint('tests', server.secret, { roomList: true })
  const browser = await a_browser(t, { camera: false })
  const host = { camera: false, timezoneId: 'Europe/Rome', locale: 'en-GB', acceptDownloads: true }

  for (const [width, height, colorScheme] of [[390, 844, 'dark'], [1280, 900, 'dark'], [390, 844, 'light'], [1280, 900, 'light']]) {
    await t.test(`a host looks at a call at ${width}x${height}, ${colorScheme}`, async () => {
      const visitor = await Visitor.open(browser, { ...host, width, height, colorScheme })
      const { page } = visitor
      await page.goto(server.url)
      await page.evaluate(({ code, host_token }) => localStorage.setItem(`curia.host.${code}`, host_token), mine)
      await page.getByRole('link', { name: 'Past meetings' }).click()
      await shows(page, 'list')
      assert.equal(await calls(page).count(), 2, 'only those of the own meeting')
      await inspect(page, `history-list-${colorScheme}`)
      await page.getByText('Weekly: plans & pictures').click()
      await shows(page, 'call')
      assert.match(await page.getByTestId('totals').innerText(), /People\s+12[^]*Could not get in\s+2/)
      const table = page.getByTestId('attendance').getByRole('row')
      assert.equal(await table.count(), 1 + PEOPLE.length)
      assert.match(await table.nth(2).innerText(), /Bob[^]*0:53:00/)
      await page.locator('.plot svg').nth(2).waitFor()
      assert.equal(await page.locator('.plot').count(), 3)
      assert.equal(await page.locator('.plot').first().locator('path.line').count(), 10, 'ten of twelve people at a time')
      assert.equal(await page.locator('.plot').first().locator('.failure').count(), 2)
      await inspect(page, `history-call-${colorScheme}`)
      assert.deepEqual(visitor.errors, [])
      assert.ok(!page.url().includes('eyJ'), 'no token in the address')
      await visitor.close()
    })
  }

  await t.test('by keyboard: a person, a moment, and back', async () => {
    const visitor = await Visitor.open(browser, host)
    const { page } = visitor
    await page.goto(server.url)
    await page.evaluate(({ code, host_token }) => localStorage.setItem(`curia.host.${code}`, host_token), mine)
    await page.goto(`${server.url}/history`)
    await shows(page, 'list')
    await page.getByRole('link', { name: /Weekly/ }).focus()
    await page.keyboard.press('Enter')
    await shows(page, 'call')
    await page.getByTestId('person').selectOption({ label: 'Cid O\'Neill' })
    await until('it is about one person', async () => (await page.getByTestId('numbers').getByRole('row').count()) === 2)
    assert.match(await page.locator('#legend').innerText(), /received\s+sent/)
    await page.getByTestId('moment').focus()
    for (let i = 0; i < 5; i++) await page.keyboard.press('PageUp')
    const words = await page.locator('#moment-words').innerText()
    assert.match(words, /Packet loss: received [\d.]+ %, sent [\d.]+ %; Round trip: .*ms; Bitrate: /)
    await inspect(page, 'history-person')
    await page.reload()
    await shows(page, 'call')
    await page.getByTestId('back').focus()
    await page.keyboard.press('Enter')
    await shows(page, 'list')
    await page.getByText(mine.code).first().click()
    await shows(page, 'call')
    await page.getByText('There are no measurements of this.').waitFor()
    assert.match(await page.locator('#call-when').innerText(), /the server broke off/)
    assert.deepEqual(visitor.errors, [])
    await visitor.close()
  })

  await t.test('the table as a file', async () => {
    const visitor = await Visitor.open(browser, host)
    const { page } = visitor
    await page.goto(`${server.url}/history#${new URLSearchParams({ token: mine.host_token })}`)
    await shows(page, 'list')
    assert.equal(new URL(page.url()).hash, '', 'the token leaves the address at once')
    await page.getByText('Weekly').click()
    await shows(page, 'call')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('csv').click()])
    assert.equal(download.suggestedFilename(), `attendance-${mine.code}-2026-01-31.csv`)
    const lines = csv_rows(readFileSync(await download.path(), 'utf8'))
    assert.equal(lines.length, 1 + PEOPLE.length)
    assert.equal(lines.filter((line) => line.startsWith('"\'=HYPERLINK')).length, 1)
    assert.match(lines[2], /^Bob,user-1,participant,2026-01-31T09:00:00.000Z,2026-01-31T09:58:00.000Z,3180,/)
    await visitor.close()
  })

  await t.test('with a token for all: search, older ones, and forgetting it', async () => {
    const visitor = await Visitor.open(browser, host)
    const { page } = visitor
    await page.goto(`${server.url}/history`)
    await shows(page, 'list')
    await page.getByText('No meeting that was started in this browser').first().waitFor()
    assert.equal(await page.getByTestId('search').isVisible(), false, 'nothing to search')
    await inspect(page, 'history-empty')
    await page.getByText('Use an access token').click()
    await page.getByTestId('token').fill('nonsense')
    await page.getByTestId('use-token').click()
    await page.getByText('This is no access token').waitFor()
    await page.getByTestId('token').fill(`${mine.host_token}x`)
    await page.getByTestId('use-token').click()
    await page.getByText('This token has ended').waitFor()
    await page.getByTestId('token').fill(all)
    await page.keyboard.press('Enter')
    await until('a page of calls', async () => await calls(page).count() === 25)
    await page.getByTestId('more').click()
    await until('more of them', async () => await calls(page).count() === 50)
    await page.getByTestId('more').click()
    await until('all of them', async () => await calls(page).count() === 62)
    assert.equal(await page.getByTestId('more').isVisible(), false)
    await page.getByTestId('search').fill('lesson 4')
    await until('what was searched', async () => await calls(page).count() === 11)
    await page.getByTestId('search').fill('100 % nowhere')
    await page.getByText('No past meeting has this').first().waitFor()
    await page.reload()
    await shows(page, 'list')
    assert.equal(await calls(page).count(), 25, 'a reload keeps the token')
    await page.getByTestId('forget').click()
    await until('it is forgotten', async () => await calls(page).count() === 0)
    await page.goto(`${server.url}/history#${new URLSearchParams({ call: 'CA_weekly', code: mine.code })}`)
    await page.getByText('There is no such call, or this browser may not see it.').waitFor()
    await inspect(page, 'history-refused')
    assert.deepEqual(visitor.errors, [])
    await visitor.close()
  })
})
