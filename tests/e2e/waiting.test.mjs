// Who may enter, as people see it: the waiting room from both sides, a meeting without its host, a password, no guests.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Visitor } from '../lib/browser.mjs'
import { a_host, by, DESK, inspect, knock, PHONE, shows, state, words } from '../lib/people.mjs'
import { a_browser, a_front, a_server } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

for (const size of [DESK, PHONE]) {
  test(`a guest through the waiting room at ${size.width}x${size.height}`, { timeout: 180_000 }, async (t) => {
    const server = await a_server(t)
    const browser = await a_browser(t)
    const meeting = await server.make_meeting({ title: 'Board', waiting_room: 'guests' })
    const gus = await Visitor.open(browser, { name: 'Gus', ...size })
    const hal = await Visitor.open(browser, { name: 'Hal', ...size })

    await knock(gus, server, meeting.code)
    await shows(gus.page, 'waiting')
    assert.match(await words(gus.page, 'waiting-card'), /as soon as somebody who runs the meeting lets you in/)
    await inspect(gus.page, 'waiting')
    await by(gus.page, 'waiting-cancel').click() // one may think again
    await shows(gus.page, 'lobby')
    await by(gus.page, 'join').click()
    await shows(gus.page, 'waiting')

    const host = await a_host(browser, server, meeting, { ...size, query: { video: 0 } })
    await by(host.page, 'knock').getByText('Gus wants to come in').waitFor()
    await inspect(host.page, 'knock')
    await by(host.page, 'knock-admit').click()
    await shows(gus.page, 'meeting')
    gus.started = Date.now()
    await gus.hears_and_sees({ videos: 0, audios: 1 })
    await until('nobody waits', async () => !await by(host.page, 'knock').isVisible())

    await knock(hal, server, meeting.code)
    await shows(hal.page, 'waiting')
    await by(host.page, 'knock-list').click()
    await by(host.page, 'waiting').getByText('Waiting (1)').waitFor()
    await inspect(host.page, 'waiting-list')
    await by(host.page, 'waiting').getByLabel('Do not let Hal in').click()
    await shows(hal.page, 'error')
    assert.match(await words(hal.page, 'end-title'), /not let in/)
    await inspect(hal.page, 'denied')
    assert.deepEqual([...host.errors, ...gus.errors, ...hal.errors], [])
  })
}

test('a meeting that waits for its host, who comes', { timeout: 120_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t)
  const meeting = await server.make_meeting({ join_before_host: false })
  const bob = await Visitor.open(browser, { name: 'Bob', ...DESK })
  await bob.join(server.url, meeting.code) // a link that joins by itself waits as well
  await shows(bob.page, 'waiting')
  assert.match(await words(bob.page, 'waiting-card'), /has not begun/)
  const host = await a_host(browser, server, meeting, { query: { video: 0 } })
  await shows(bob.page, 'meeting')
  bob.started = Date.now()
  await bob.hears_and_sees({ videos: 0, audios: 1 })
  assert.deepEqual([...host.errors, ...bob.errors], [])
})

test('who waits outlives a lost connection; whoever offered too soon comes in all the same', { timeout: 180_000 }, async (t) => {
  const server = await a_server(t, { api: { reconnect_grace_ms: 1000 } })
  const browser = await a_browser(t)
  const meeting = await server.make_meeting({ waiting_room: 'everybody' })
  const host = await a_host(browser, server, meeting, { query: { video: 0 } })
  const waiting = () => host.page.evaluate(() => window.curia.waiting.list.map(({ name }) => name).join())
  const front = await a_front(t, server)
  const bob = await Visitor.open(browser, { name: 'Bob', ...DESK })
  await bob.join(front.url, meeting.code, { video: 0 })
  await until('Bob waits', async () => await waiting() === 'Bob')
  front.cut()
  await until('the server gives him up', async () => await waiting() === '')
  front.mend()
  await until('he asks again by himself', async () => await waiting() === 'Bob', { timeout_ms: 20_000 })
  assert.equal(await state(bob.page), 'waiting')

  // An invitation that does not tell of the waiting room: the offer is on its way with the first request.
  const eve = await Visitor.open(browser, { name: 'Eve', ...DESK })
  await eve.page.goto(server.url)
  await eve.page.evaluate(async (code) => {
    const { joinMeeting, Meeting, openDevices } = await import('/js/curia.js')
    const invitation = await joinMeeting(code, { name: 'Eve' })
    delete invitation.meeting.settings
    window.curia = new Meeting({ code, name: 'Eve', invitation })
    window.curia.join().catch((error) => { window.refused = error.code })
    const { microphone } = await openDevices({ camera: false })
    await window.curia.send('microphone', microphone.track)
  }, meeting.code)
  await until('Eve waits, too', async () => await waiting() === 'Bob,Eve')
  await by(host.page, 'knock').getByText('Bob and 1 more want to come in').waitFor()
  await by(host.page, 'knock-admit').click() // all
  await shows(bob.page, 'meeting')
  await until('Eve is in', () => eve.page.evaluate(() => window.curia.state === 'connected'), { timeout_ms: 20_000 })
  host.started = Date.now()
  await host.hears_and_sees({ videos: 0, audios: 2, timeout_ms: 40_000 })
  assert.deepEqual([...host.errors, ...bob.errors, ...eve.errors], [])
})

test('what keeps a guest out is said where they are', { timeout: 180_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t)

  await t.test('a password', async () => {
    const { code } = await server.make_meeting({ password: 'open sesame' })
    const gus = await Visitor.open(browser, { name: 'Gus', ...PHONE })
    await knock(gus, server, code)
    await until('the page asks for it', async () => /password/i.test(await words(gus.page, 'lobby-error')))
    await by(gus.page, 'password').fill('wrong')
    await by(gus.page, 'join').click()
    await until('the page says that it is wrong', async () => /not the password/i.test(await words(gus.page, 'lobby-error')))
    await inspect(gus.page, 'password')
    await by(gus.page, 'password').fill('open sesame')
    await by(gus.page, 'join').click()
    await shows(gus.page, 'meeting')
    assert.deepEqual(gus.errors, [])
  })

  await t.test('a meeting without guests', async () => {
    const { code } = await server.make_meeting({ guests: false })
    const gus = await Visitor.open(browser, { name: 'Gus', ...DESK })
    await knock(gus, server, code)
    await until('the page says so', async () => /not open to guests/i.test(await words(gus.page, 'lobby-error')))
    await gus.page.getByRole('link', { name: 'sign in' }).waitFor()
    await inspect(gus.page, 'no-guests')
  })
})
