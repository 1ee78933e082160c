// A host at work, as people see it: mutes, stops, spotlights, removes, locks, gives roles, and ends it; hands and reactions.
import test from 'node:test'
import assert from 'node:assert/strict'
import { Visitor } from '../lib/browser.mjs'
import { a_guest, a_host, by, inspect, knock, PHONE, shows, state, words } from '../lib/people.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_server } from '../lib/scene.mjs'
import { pause, until } from '../lib/wait.mjs'

const row = (page, name) => by(page, 'people').getByTestId('person').filter({ hasText: name })

/** Does something to somebody by the menu in the people list. */
async function does (page, name, deed) {
  await row(page, name).getByTestId('person-more').click()
  await by(page, `do-${deed}`).click()
}

/** What this page knows of somebody's track. */
const muted = (page, name, source) => page.evaluate(([name, source]) =>
  window.curia.participants.find((p) => p.name === name)?.tracks.find((t) => t.source === source)?.muted, [name, source])

test('a host at work', { timeout: 180_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t)
  const meeting = await server.make_meeting({ title: 'Weekly' })
  const host = await a_host(browser, server, meeting, { query: { video: 0 } })
  const bob = await a_guest(browser, server, meeting, 'Bob')
  const cid = await a_guest(browser, server, meeting, 'Cid', { ...PHONE, query: { video: 0 } })
  host.started = Date.now()
  await host.hears_and_sees({ videos: 1, audios: 2 })
  const { page } = host
  await by(page, 'people-button').click()
  await row(page, 'Cid').waitFor()
  await row(page, 'Bob').getByTestId('person-more').click()
  await inspect(page, 'person-menu')
  await page.keyboard.press('Escape')

  await t.test('who is no moderator is offered nothing of it', async () => {
    await by(cid.page, 'people-button').click()
    await row(cid.page, 'Bob').waitFor()
    assert.equal(await row(cid.page, 'Bob').getByTestId('person-more').isVisible(), false)
    await cid.page.getByLabel('Close the people list').click()
    await assert.rejects(cid.page.evaluate(() => window.curia.moderate('mute', { all: true, source: 'microphone' })), /not allowed/)
  })

  await t.test('mutes, and asks to unmute: only Bob turns it on', async () => {
    assert.equal(await muted(page, 'Bob', 'microphone'), false)
    await does(page, 'Bob', 'mute')
    await until('Bob is muted', async () => await muted(page, 'Bob', 'microphone') === true)
    await until('and sees it', async () => await by(bob.page, 'mic').getAttribute('data-on') === 'false')
    await bob.page.getByText('You were muted by Hanna').first().waitFor()
    await does(page, 'Bob', 'ask-unmute')
    await by(bob.page, 'asked').waitFor()
    await inspect(bob.page, 'asked')
    assert.equal(await muted(page, 'Bob', 'microphone'), true, 'nobody turns it on for him')
    await by(bob.page, 'asked-no').click()
    await pause(300)
    assert.equal(await muted(page, 'Bob', 'microphone'), true, 'nor against his will')
    await does(page, 'Bob', 'ask-unmute')
    await by(bob.page, 'asked-yes').click()
    await until('Bob is heard', async () => await muted(page, 'Bob', 'microphone') === false)
  })

  await t.test('stops a camera', async () => {
    await does(page, 'Bob', 'stop-video')
    await until('the camera is off', async () => await muted(page, 'Bob', 'camera') === true)
    await until('and closed', () => bob.page.evaluate(() => document.getElementById('cam').dataset.on === 'false'))
    await by(bob.page, 'cam').click()
    await until('Bob may show himself again', async () => await muted(page, 'Bob', 'camera') === false)
  })

  await t.test('puts Cid in the spotlight, for all', async () => {
    await does(page, 'Cid', 'spotlight')
    for (const viewer of [host, bob])
      await until(`${viewer.name} sees Cid large`, () => viewer.page.evaluate(() =>
        document.querySelector('.tile[data-place=focus] .tile-name')?.innerText.includes('Cid')))
    await inspect(bob.page, 'spotlight')
    await does(page, 'Cid', 'spotlight')
    await until('nobody is large', () => bob.page.evaluate(() => !document.querySelector('.tile[data-place=focus]')))
  })

  await t.test('a hand goes up, and down', async () => {
    await by(cid.page, 'react-button').click() // on a phone it is in the reactions
    await inspect(cid.page, 'reactions')
    await cid.page.getByRole('button', { name: 'Raise hand' }).click()
    await row(page, 'Cid').getByLabel('Hand raised').waitFor()
    await bob.page.keyboard.press('h')
    await row(page, 'Bob').getByLabel('Hand raised').waitFor()
    const order = await by(page, 'people').getByTestId('person').allInnerTexts()
    assert.deepEqual(order.map((text) => text.match(/Hanna|Bob|Cid/)[0]), ['Hanna', 'Cid', 'Bob'], 'oneself, then hands in order')
    await inspect(page, 'hands')
    await does(page, 'Cid', 'lower-hand')
    await until('Cid knows', () => cid.page.evaluate(() => document.getElementById('reactions-hand').dataset.active === 'false'))
    await by(page, 'more').click()
    await by(page, 'do-lower-hands').click()
    await until('all are down', async () => await page.evaluate(() => window.curia.hands.length) === 0)
  })

  await t.test('a reaction floats by everywhere', async () => {
    await cid.page.getByRole('button', { name: 'Applause' }).click()
    const floats = ({ page }) => page.getByTestId('floater').filter({ hasText: '👏' }).first().waitFor({ state: 'attached' })
    await Promise.all([host, bob, cid].map(floats))
    await inspect(cid.page, 'floater')
    await cid.page.keyboard.press('Escape')
    assert.equal(await by(cid.page, 'reactions').isVisible(), false)
  })

  await t.test('makes Bob a moderator, who may then do as much', async () => {
    await does(page, 'Bob', 'make-moderator')
    await row(page, 'Bob').getByText('Moderator').waitFor()
    await bob.page.getByText('You are a moderator now').first().waitFor()
    await by(bob.page, 'people-button').click()
    await does(bob.page, 'Cid', 'mute')
    await until('Cid is muted', async () => await muted(page, 'Cid', 'microphone') === true)
    await row(bob.page, 'Hanna').getByTestId('person-more').click()
    assert.deepEqual(await bob.page.getByRole('menuitem').allInnerTexts(), ['Spotlight for everyone'], 'not to the host')
    await bob.page.keyboard.press('Escape')
    await does(page, 'Bob', 'make-participant')
    await until('Bob is offered nothing more', async () => !await row(bob.page, 'Cid').getByTestId('person-more').isVisible())
  })

  await t.test('locks: nobody new comes in', async () => {
    await by(page, 'more').click()
    await inspect(page, 'more')
    await by(page, 'do-lock').click()
    await bob.page.getByText('The meeting is locked').first().waitFor()
    const late = await Visitor.open(browser, { name: 'Late', ...PHONE })
    await knock(late, server, meeting.code)
    await until('the page says why', async () => /locked/i.test(await words(late.page, 'lobby-error')))
    assert.equal(await state(late.page), 'lobby')
    await inspect(late.page, 'locked')
    await by(page, 'more').click()
    await by(page, 'do-lock').click()
    await by(late.page, 'join').click()
    await shows(late.page, 'meeting')
    await late.close()
  })

  await t.test('removes Cid, who cannot come back', async () => {
    await does(page, 'Cid', 'remove')
    await inspect(page, 'remove')
    await by(page, 'remove-yes').click()
    await shows(cid.page, 'left')
    assert.match(await words(cid.page, 'end-title'), /removed/i)
    await until('he is gone', async () => await server.count(meeting.code) === 2)
    await cid.page.goto('about:blank') // reloading would keep the page's state
    await cid.page.goto(`${server.url}/m/${meeting.code}?name=Cid&join=1`)
    await shows(cid.page, 'error')
    assert.match(await words(cid.page, 'end-title'), /removed/i)
    await inspect(cid.page, 'removed')
  })

  await t.test('ends it for all', async () => {
    await by(page, 'leave').click()
    await by(page, 'end-all').click()
    for (const viewer of [host, bob]) {
      await shows(viewer.page, 'left')
      assert.match(await words(viewer.page, 'end-title'), /ended/i)
    }
    await until('for good', async () => (await api_request(server.url, 'GET', `/api/v1/meetings/${meeting.code}`)).body.state === 'ended')
  })

  assert.deepEqual([...host.errors, ...bob.errors, ...cid.errors], [])
})
