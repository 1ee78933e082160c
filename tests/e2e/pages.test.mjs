// The pages as people use them: by click, on a phone and on a desk, with words for what fails, and readable for all.
import test from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { accessibility_violations, Visitor } from '../lib/browser.mjs'
import { Relay } from '../relay/relay.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_front, a_server, light_clients } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const SIZES = [[390, 844], [1440, 900]]
const PICTURES = process.env.CURIA_E2E_LOGS

/** What the page says it is showing: home, lobby, joining, meeting, reconnecting, left, error. */
const shows = (page, state, timeout_ms) => until(`the page shows ${state}`, async () =>
  await page.evaluate(() => document.documentElement.dataset.state) === state, { timeout_ms })

/** Takes a picture, and asks axe-core and the layout for complaints. */
async function inspect (page, name) {
  const { width, height } = page.viewportSize()
  if (PICTURES) {
    mkdirSync(PICTURES, { recursive: true })
    await page.screenshot({ path: join(PICTURES, `${name}-${width}x${height}.png`) })
  }
  assert.deepEqual(await accessibility_violations(page), [], `${name} at ${width}x${height}`)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(overflow <= 0, `${name} at ${width}x${height} is ${overflow} pixels too wide`)
}

const button = (page, id) => page.getByTestId(id)

for (const [width, height] of SIZES) {
  test(`from home to a meeting and out again at ${width}x${height}`, { timeout: 90_000 }, async (t) => {
    const server = await a_server(t)
    const browser = await a_browser(t)
    const ann = await Visitor.open(browser, { name: 'Ann', width, height, ...(width < 500 && { hasTouch: true, isMobile: true }) })
    const { page } = ann
    await page.goto(server.url)
    await shows(page, 'home')
    await inspect(page, 'home')

    await button(page, 'start').click()
    await page.waitForURL(/\/m\/[a-z0-9-]+$/)
    const code = page.url().split('/').at(-1)
    await shows(page, 'lobby')
    await until('the preview runs', () => page.evaluate(() => document.getElementById('preview-video').videoWidth > 0))
    await button(page, 'join').click()
    await page.getByText('Please say who you are first.').waitFor()
    await page.getByLabel('Your name').fill('Ann')
    await until('what is wrong with the name goes when it is typed', () => page.evaluate(() => !document.getElementById('lobby-error').innerText))
    await inspect(page, 'lobby')

    await button(page, 'join').click()
    await shows(page, 'meeting')
    await until('the link to send is there', () => page.evaluate(() => document.getElementById('alone-link')?.value?.includes('/m/')))
    await inspect(page, 'alone')

    await light_clients(t, server, code, ['Bob', 'Cid', 'Dan'])
    ann.started = Date.now()
    await ann.hears_and_sees({ videos: 3, audios: 0 })
    for (const name of ['Bob', 'Cid', 'Dan']) await page.getByTestId('stage').getByText(name).first().waitFor()
    await inspect(page, 'meeting')

    await button(page, 'people-button').click()
    await page.getByTestId('people').getByText('Cid').waitFor()
    await inspect(page, 'people')
    await page.keyboard.press('q') // one panel at a time
    await page.getByTestId('quality').getByText(/kbit\/s|Mbit\/s/).first().waitFor()
    assert.equal(await page.getByTestId('people').isVisible(), false)
    await inspect(page, 'connection')
    await page.keyboard.press('Escape')
    await button(page, 'people-button').click()
    await button(page, 'people-button').click().catch(() => page.getByLabel('Close the people list').click())

    await t.test('mute is told to all', async () => {
      const [watcher] = await light_clients(t, server, code, ['Watcher'], { publish: null })
      const muted = () => [...watcher.roster.values()].find((p) => p.name === 'Ann').tracks.find((s) => s.source === 'microphone').muted
      await until('Ann is heard', () => muted() === false)
      await button(page, 'mic').click()
      await until('Ann is muted', () => muted() === true)
      watcher.vanish()
    })

    await button(page, 'leave').click()
    await button(page, 'leave-only').click()
    await shows(page, 'left')
    await inspect(page, 'left')
    await until('the others remain', async () => await server.count(code) === 3)
    assert.deepEqual(ann.errors, [], 'errors in the page')
  })
}

test('what fails is said in words', { timeout: 90_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t)
  const words = (page, id) => page.evaluate((id) => document.getElementById(id).innerText, id)

  await t.test('a meeting that does not exist', async () => {
    const { page } = await Visitor.open(browser, { name: 'Lost' })
    await page.goto(`${server.url}/m/aaaa-bbbb-cccc`)
    await shows(page, 'error')
    assert.match(await words(page, 'end-title'), /no meeting/i)
    await inspect(page, 'unknown-meeting')
  })

  await t.test('something that is no code', async () => {
    const { page } = await Visitor.open(browser, { name: 'Typo' })
    await page.goto(server.url)
    await button(page, 'code').fill('not a code!')
    await button(page, 'join').click()
    await until('the form complains', async () => (await words(page, 'home-error')).length > 10)
    assert.equal(new URL(page.url()).pathname, '/')
    await inspect(page, 'bad-code')
  })

  await t.test('a code that leads nowhere', async () => {
    const { page } = await Visitor.open(browser, { name: 'Typo' })
    await page.goto(server.url)
    await button(page, 'code').fill('aaaa-bbbb-cccc')
    await button(page, 'join').click()
    await until('the form says that there is no such meeting', async () => /no meeting/i.test(await words(page, 'home-error')))
    assert.equal(new URL(page.url()).pathname, '/')
    await button(page, 'code').fill((await server.make_meeting()).code)
    await button(page, 'join').click()
    await shows(page, 'lobby')
  })

  await t.test('no permission for camera and microphone', async (t) => {
    const { code } = await server.make_meeting()
    const refusing = await a_browser(t, { camera: false })
    const visitor = await Visitor.open(refusing, { name: 'Shy', camera: false })
    const { page } = visitor
    await page.goto(`${server.url}/m/${code}`)
    await shows(page, 'lobby')
    await until('the lobby tells that access is blocked', async () => /blocked|not allowed/i.test(await words(page, 'lobby')))
    await inspect(page, 'permission-denied')
    const [bob] = await light_clients(t, server, code, ['Bob'])
    await page.getByLabel('Your name').fill('Shy')
    await button(page, 'join').click()
    await shows(page, 'meeting')
    visitor.started = Date.now()
    await visitor.hears_and_sees({ videos: 1, audios: 0 }) // one may watch without a camera
    bob.vanish()
  })

  await t.test('a server that goes away and comes back', async (t) => {
    const { code } = await server.make_meeting()
    await light_clients(t, server, code, ['Bob'])
    const front = await a_front(t, server, { relay: new Relay() })
    const visitor = await Visitor.open(browser, { name: 'Ann' })
    const { page } = visitor
    await visitor.join(front.url, code)
    await visitor.hears_and_sees({ videos: 1, audios: 0 })
    front.cut()
    await shows(page, 'reconnecting')
    await until('a banner says so', () => page.evaluate(() => {
      const banner = document.getElementById('banner')
      return !banner.hidden && banner.innerText.length > 10
    }))
    await inspect(page, 'reconnecting')
    front.mend()
    await shows(page, 'meeting', 15_000)
    await until('the banner goes', () => page.evaluate(() => document.getElementById('banner').hidden))
  })

  await t.test('a meeting that is ended by its host', async (t) => {
    const { code, host_token } = await server.make_meeting()
    const visitor = await Visitor.open(browser, { name: 'Ann' })
    await visitor.join(server.url, code)
    await shows(visitor.page, 'meeting')
    const answer = await api_request(server.url, 'POST', `/api/v1/meetings/${code}/end`, { headers: { authorization: `Bearer ${host_token}` } })
    assert.equal(answer.status, 200, answer.text)
    await shows(visitor.page, 'left')
    assert.match(await words(visitor.page, 'end'), /ended/i)
  })
})

test('a webinar: who only watches is asked for nothing and counted by the others', { timeout: 90_000 }, async (t) => {
  const server = await a_server(t)
  const { code } = await server.make_meeting({ title: 'Webinar' })
  await light_clients(t, server, code, ['Ann'])
  const browser = await a_browser(t, { camera: false })
  const viewer = await Visitor.open(browser, { name: 'Vic', camera: false })
  const { page } = viewer
  await page.addInitScript(() => { navigator.mediaDevices.getUserMedia = async () => { window.asked = true; throw new DOMException('no', 'NotAllowedError') } })
  await page.goto(`${server.url}/m/${code}?role=viewer`)
  await shows(page, 'lobby')
  await page.getByText('You are invited to watch and listen.').waitFor()
  assert.equal(await page.locator('#preview').isVisible(), false)
  await inspect(page, 'viewer-lobby')
  await page.getByLabel('Your name').fill('Vic')
  await button(page, 'join').click()
  await shows(page, 'meeting')
  viewer.started = Date.now()
  await viewer.hears_and_sees({ videos: 1, audios: 0 })
  for (const id of ['mic', 'cam', 'share']) assert.equal(await button(page, id).isVisible(), false, id)
  assert.equal(await page.evaluate(() => window.asked), undefined, 'no device is asked for')
  await inspect(page, 'viewer')

  const bob = await Visitor.open(browser, { name: 'Bob', camera: false })
  await bob.join(server.url, code, { audio: 0, video: 0 })
  await shows(bob.page, 'meeting')
  await button(bob.page, 'people-button').click()
  await bob.page.getByText('+1 viewer').waitFor()
  assert.deepEqual([...viewer.errors, ...bob.errors], [])
})

test('more people than tiles: pages', { timeout: 90_000 }, async (t) => {
  const server = await a_server(t)
  const { code } = await server.make_meeting()
  const names = Array.from({ length: 8 }, (_, i) => `P${i}`)
  const clients = await light_clients(t, server, code, names, { publish: { audio: false } })
  const visitor = await Visitor.open(await a_browser(t), { name: 'Zoe', width: 390, height: 844 })
  const { page } = visitor
  await visitor.join(server.url, code, { audio: 0, video: 0 })
  await visitor.hears_and_sees({ videos: 6, audios: 0 })
  const in_slots = () => page.evaluate(() => window.curia.slots.filter((s) => s.kind === 'video' && s.participant).map((s) => s.participant).sort())
  const tiles = () => page.evaluate(() => [...document.querySelectorAll('.tile[data-participant]:not([data-participant=self])')].map((e) => e.dataset.participant).sort())
  const first = await tiles()
  assert.equal(first.length, 6)
  await page.getByRole('button', { name: 'Next page of people' }).click()
  await until('the other two are in slots, and nobody else', async () => (await in_slots()).length === 2, { every_ms: 100 })
  const second = await tiles()
  assert.deepEqual(second, await in_slots())
  assert.deepEqual([...first, ...second].sort(), clients.map((c) => c.participant).sort())
  await page.keyboard.press('PageUp')
  await until('the first page is as it was', async () => String(await in_slots()) === String(first) && String(await tiles()) === String(first), { every_ms: 100 })
  assert.deepEqual(visitor.errors, [])
})
