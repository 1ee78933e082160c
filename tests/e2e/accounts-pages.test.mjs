// The pages of accounts as people use them, in a real browser: the first administrator, signing up and in, meetings of one's own,
// sessions, administration; what is said when something fails; and that no name or title runs.
import test from 'node:test'
import assert from 'node:assert/strict'
import { button, first_secret, inspect, problem, row, shows, sign_in, sign_up, type_in } from '../lib/account-pages.mjs'
import { Visitor } from '../lib/browser.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_server } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const EVIL = '<img src=x onerror="window.pwned=1">'
const PASSWORDS = { Ann: 'a good long password', Bob: 'bobs own long password', new: 'quite another password' }

test('accounts, in a browser', { timeout: 280_000 }, async (t) => {
  const server = await a_server(t, { accounts: { sign_up: true } })
  const browser = await a_browser(t, { camera: false })
  let ann, bob, code

  await t.test('the first administrator, by a link that works once', async () => {
    const secret = first_secret(server)
    ann = await Visitor.open(browser, { camera: false })
    const { page } = ann
    await page.goto(`${server.url}/sign-in${secret}`)
    await shows(page, 'once')
    assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address at once')
    await inspect(page, 'one-time')
    await page.locator('#once-email').fill('ann@example.org')
    await page.locator('#once-name').fill('Ann')
    await page.locator('#once-password').fill('short')
    await button(page, 'use-link').click()
    await problem(page, 'once-problem', /10 characters/)
    await page.locator('#once-password').fill(PASSWORDS.Ann)
    await button(page, 'use-link').click()
    await page.waitForURL('**/meetings')
    await shows(page, 'list')
    await page.getByText('You have no meetings yet').waitFor()
    assert.equal(await page.locator('#bar-admin').isVisible(), true, 'who is an administrator')
    await inspect(page, 'meetings-empty')

    const late = await Visitor.open(browser, { camera: false })
    await late.page.goto(`${server.url}/sign-in${secret}`)
    await late.page.getByText(/used already/).waitFor()
    await late.close()
  })

  await t.test('signing up, and the words for what is wrong', async () => {
    const { page, ...visitor } = await Visitor.open(browser, { camera: false })
    await page.goto(`${server.url}/sign-in#new`)
    await shows(page, 'up')
    await inspect(page, 'sign-up')
    await page.locator('#up-name').fill('Bob')
    await page.locator('#up-email').fill('bob at example')
    await page.locator('#up-password').fill(PASSWORDS.Bob)
    await button(page, 'sign-up').click()
    await problem(page, 'up-problem', /no e-mail address/)
    await page.locator('#up-email').fill('Ann@Example.org')
    await button(page, 'sign-up').click()
    await problem(page, 'up-problem', /account with this e-mail address already/)
    await visitor.context.close()
    bob = await sign_up(server, browser, 'Bob', 'bob@example.org', PASSWORDS.Bob)
    assert.equal(await bob.page.locator('#bar-admin').isVisible(), false)
  })

  await t.test('a wrong password and an unknown address get the same plain words', async () => {
    const visitor = await Visitor.open(browser, { camera: false })
    const { page } = visitor
    await page.goto(`${server.url}/sign-in`)
    await shows(page, 'in')
    await inspect(page, 'sign-in')
    await button(page, 'sign-in').click()
    await problem(page, 'in-problem', /Type an e-mail address first/)
    for (const email of ['bob@example.org', 'nobody@example.org']) {
      await type_in(page, email, 'not his password')
      await problem(page, 'in-problem', /^E-mail address and password do not match\.$/)
      assert.equal(await page.locator('#in-email').inputValue(), email, 'what was typed stays')
    }
    await inspect(page, 'sign-in-wrong')
    await visitor.close()
  })

  await t.test('who is nobody is sent to sign in, and comes back; never to another site', async () => {
    const visitor = await Visitor.open(browser, { camera: false })
    const { page } = visitor
    await page.goto(`${server.url}/account`)
    await page.waitForURL('**/sign-in?next=%2Faccount')
    await type_in(page, 'bob@example.org', PASSWORDS.Bob)
    await page.waitForURL('**/account')
    await shows(page, 'account')
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      await page.goto(`${server.url}/sign-in?${new URLSearchParams({ next })}`)
      await page.waitForURL(`${server.url}/meetings`)
    }
    await button(page, 'sign-out').click()
    await page.waitForURL(`${server.url}/`)
    await button(page, 'home-in').waitFor()
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => /owned|host|account/.test(key))), [], 'nothing stays behind')
    assert.equal(await button(page, 'home-mine').isVisible(), false)
    await inspect(page, 'home')
    await visitor.close()
  })

  await t.test('a meeting with a waiting room: made, opened, changed', async () => {
    const { page } = ann
    await page.locator('#new-title').fill('Weekly')
    await button(page, 'new-waiting').check()
    await button(page, 'create').click()
    await row(page, 'meetings', 'Weekly').getByText('waiting room').waitFor()
    code = await row(page, 'meetings', 'Weekly').getAttribute('data-code')
    const found = await api_request(server.url, 'GET', `/api/v1/meetings/${code}`)
    assert.equal(found.body.settings.waiting_room, 'everybody')

    await page.getByRole('link', { name: 'Settings: Weekly' }).click()
    await shows(page, 'one')
    assert.equal(new URL(page.url()).searchParams.get('m'), code)
    await inspect(page, 'settings')
    await page.getByLabel('Title').fill('Weekly plans')
    await page.getByLabel('Who waits').selectOption('guests')
    await page.getByLabel('Share a screen').selectOption('moderators')
    await page.getByLabel('Microphones are off at first').check()
    await page.getByLabel('Most people at a time').fill('0')
    await button(page, 'save').click()
    await page.getByText('There can be 1 to 1000 people').waitFor()
    await page.getByLabel('Most people at a time').fill('12')
    await page.getByLabel('Password').fill('sesame')
    await button(page, 'save').click()
    await page.getByText('There is one.').waitFor()
    const { settings, title } = (await api_request(server.url, 'GET', `/api/v1/meetings/${code}`)).body
    assert.deepEqual([title, settings.waiting_room, settings.share_screen, settings.mute_on_entry, settings.max_participants, settings.password],
      ['Weekly plans', 'guests', 'moderators', true, 12, true])
    await button(page, 'forget-password').click()
    await until('the password is gone', async () => (await api_request(server.url, 'GET', `/api/v1/meetings/${code}`)).body.settings.password === false)

    await page.locator('#member-email').fill('nobody@example.org')
    await button(page, 'add-member').click()
    await page.getByText('Nobody on this server has an account').waitFor()
    await page.locator('#member-email').fill('bob@example.org')
    await button(page, 'add-member').click()
    await row(page, 'member-list', 'bob@example.org').waitFor()
    assert.equal(await row(page, 'member-list', 'Bob').getByRole('combobox').inputValue(), 'moderator')
    await inspect(page, 'settings-members')
    await page.goBack()
    await shows(page, 'list')

    await bob.page.reload()
    await row(bob.page, 'meetings', 'Weekly plans').getByText('Moderator').waitFor()
    await bob.page.goto(`${server.url}/meetings?m=${code}`)
    await shows(bob.page, 'one', 'error')
  })

  await t.test('a meeting that was started on the front page is the account\'s, which is its owner there', async () => {
    const { page } = ann
    await page.goto(server.url)
    await button(page, 'home-mine').waitFor()
    await inspect(page, 'home-signed-in')
    await button(page, 'start').click()
    await page.waitForURL(/\/m\/[a-z0-9-]+$/)
    const mine = page.url().split('/').at(-1)
    assert.equal(await page.evaluate((c) => localStorage.getItem(`curia.host.${c}`), mine), null, 'the account counts, no token')
    await page.getByLabel('Your name').fill('Ann')
    await inspect(page, 'lobby')
    await button(page, 'join').click()
    await shows(page, 'meeting')
    assert.equal(ann.messages.findLast((m) => m.room === 'joined').you.role, 'owner')
    await inspect(page, 'meeting')
    await page.goto(`${server.url}/meetings`)
    await shows(page, 'list')
    await row(page, 'meetings', mine).getByText('Owner').waitFor()
  })

  await t.test('names and titles are text, wherever they are shown', async () => {
    const eve = await sign_up(server, browser, EVIL, 'eve@example.org', 'a password of eve', { locale: 'en-GB' })
    const { page } = eve
    await inspect(page, 'evil-name')
    await page.locator('#new-title').fill(EVIL)
    await button(page, 'create').click()
    await row(page, 'meetings', '<img').waitFor()
    await inspect(page, 'evil-meetings')
    const evil = await row(page, 'meetings', '<img').getAttribute('data-code')
    await page.getByRole('link', { name: 'Settings: <img' }).click()
    await shows(page, 'one')
    await inspect(page, 'evil-settings')
    await page.goto(`${server.url}/m/${evil}`)
    await shows(page, 'lobby')
    await button(page, 'join').click()
    await shows(page, 'meeting')
    await inspect(page, 'evil-meeting')
    await page.goto(`${server.url}/account`)
    await shows(page, 'account')
    await inspect(page, 'evil-account')
    await ann.page.goto(`${server.url}/admin`)
    await shows(ann.page, 'accounts')
    await row(ann.page, 'account-list', 'eve@example.org').waitFor()
    await inspect(ann.page, 'admin-accounts')
    assert.equal(await ann.page.locator('#account-list img').count(), 0)
    assert.deepEqual(eve.errors, [])
    await eve.close()
  })

  await t.test('an API key is shown once, works, is rotated and revoked', async () => {
    const { page } = ann
    const uses = async (id, secret) => {
      const { AccessToken } = await import('livekit-server-sdk')
      const token = new AccessToken(id, secret, { identity: 'tests', ttl: 60 })
      token.addGrant({ roomCreate: true })
      return (await api_request(server.url, 'POST', '/api/v1/meetings', { body: {}, headers: { authorization: `Bearer ${await token.toJwt()}` } })).status
    }
    await page.goto(`${server.url}/admin#keys`)
    await shows(page, 'keys')
    await page.getByText('Make a key').click()
    await button(page, 'make-key').click()
    await page.getByText('Say what the key is for.').waitFor()
    await page.locator('#key-name').fill('Learning platform')
    await page.getByLabel('make meetings').check()
    await inspect(page, 'admin-keys-form')
    await button(page, 'make-key').click()
    const id = await button(page, 'key-id').inputValue(), secret = await button(page, 'key-secret').inputValue()
    assert.ok(secret.length >= 32)
    await inspect(page, 'admin-key-secret')
    await button(page, 'key-kept').click()
    assert.equal(await uses(id, secret), 201)
    await page.reload()
    await row(page, 'key-list', 'Learning platform').waitFor()
    assert.equal((await page.content()).includes(secret), false, 'never again')
    await inspect(page, 'admin-keys')
    await page.getByRole('button', { name: 'Rotate: Learning platform' }).click()
    await button(page, 'rotate-now').click()
    const next = await button(page, 'key-id').inputValue(), next_secret = await button(page, 'key-secret').inputValue()
    assert.notEqual(next, id)
    await button(page, 'key-kept').click()
    assert.deepEqual([await uses(id, secret), await uses(next, next_secret)], [201, 201])
    await page.locator(`[data-id="${id}"]`).getByText('Revoke').click()
    await button(page, 'yes').click()
    await page.locator(`[data-id="${id}"]`).getByText('revoked').waitFor()
    await until('the old key opens nothing', async () => await uses(id, secret) === 401)
    assert.equal(await uses(next, next_secret), 201)
  })

  await t.test('webhooks and the audit log', async () => {
    const { page } = ann
    await page.goto(`${server.url}/admin#webhooks`)
    await shows(page, 'webhooks')
    await page.getByText('Add a webhook').click()
    await page.locator('#webhook-url').fill('http://app.example.org/hook')
    await button(page, 'make-webhook').click()
    await page.locator('#webhook-form .problem').getByText(/https/).waitFor()
    await page.locator('#webhook-url').fill('https://app.example.org/hook')
    await page.getByLabel('somebody came').check()
    await button(page, 'make-webhook').click()
    await row(page, 'webhook-list', 'https://app.example.org/hook').getByText('participant_joined').waitFor()
    await inspect(page, 'admin-webhooks')
    await page.getByRole('button', { name: /^Pause/ }).click()
    await row(page, 'webhook-list', 'paused').waitFor()
    await page.getByRole('button', { name: /^Delete/ }).click()
    await button(page, 'yes').click()
    await page.getByText('There are no webhooks yet.').waitFor()
    await page.getByRole('link', { name: 'Audit log' }).click()
    await shows(page, 'audit')
    await until('the log has it', async () => {
      await page.reload()
      await shows(page, 'audit')
      return /Ann[^]*webhook/.test(await button(page, 'audit').innerText())
    })
    await inspect(page, 'admin-audit')
  })

  await t.test('sign out everywhere: other devices are out within seconds', async () => {
    const phone = await sign_in(server, browser, 'bob@example.org', PASSWORDS.Bob, { width: 390, height: 844 })
    const { page } = bob
    await page.goto(`${server.url}/account`)
    await shows(page, 'account')
    assert.ok(await page.getByTestId('sessions').locator('li').count() >= 2)
    assert.equal(await page.getByTestId('sessions').getByText('this one').count(), 1)
    await inspect(page, 'account')
    await page.locator('#old').fill('not my password')
    await page.locator('#new').fill(PASSWORDS.new)
    await button(page, 'change-password').click()
    await problem(page, 'password-problem', /not your password so far/)
    await button(page, 'everywhere').click()
    await inspect(page, 'account-everywhere')
    await button(page, 'yes').click()
    await page.waitForURL('**/sign-in')
    await until('the phone is signed out', async () => {
      await phone.page.goto(`${server.url}/meetings`)
      await shows(phone.page, 'list', 'in')
      return new URL(phone.page.url()).pathname === '/sign-in'
    }, { timeout_ms: 15_000 })
    await phone.close()
  })

  await t.test('tabs that open together, and pages left in a hurry, keep the session', async () => {
    await type_in(bob.page, 'bob@example.org', PASSWORDS.Bob)
    await shows(bob.page, 'list')
    const tabs = await Promise.all(Array.from({ length: 5 }, () => bob.context.newPage()))
    await Promise.all(tabs.map((tab) => tab.goto(`${server.url}/meetings`)))
    for (const tab of tabs) await shows(tab, 'list')
    for (let i = 0; i < 12; i++) await bob.page.goto(`${server.url}/${['account', 'meetings'][i % 2]}`, { waitUntil: i % 3 ? 'domcontentloaded' : 'commit' })
    await shows(bob.page, 'list')
    await button(tabs[0], 'sign-out').click()
    for (const tab of tabs.slice(1)) await tab.waitForURL(/\/sign-in\?/)
    for (const tab of tabs) await tab.close()
    await bob.page.waitForURL(/\/sign-in\?/)
    await type_in(bob.page, 'bob@example.org', PASSWORDS.Bob)
    await shows(bob.page, 'list')
  })

  await t.test('an administrator switches an account off and on, and gives a link for a new password', async () => {
    const { page } = ann
    await page.goto(`${server.url}/admin`)
    await shows(page, 'accounts')
    await page.locator('#accounts-q').fill('bob')
    await until('only Bob', async () => await page.getByTestId('account-list').locator('li').count() === 1)
    await page.getByRole('button', { name: 'Switch off: Bob' }).click()
    await button(page, 'yes').click()
    await row(page, 'account-list', 'switched off').waitFor()
    await until('Bob is out', async () => {
      await bob.page.goto(`${server.url}/meetings`)
      await shows(bob.page, 'list', 'in')
      return new URL(bob.page.url()).pathname === '/sign-in'
    }, { timeout_ms: 15_000 })
    await type_in(bob.page, 'bob@example.org', PASSWORDS.Bob)
    await problem(bob.page, 'in-problem', /do not match|switched off/)
    await page.getByRole('button', { name: 'Switch on: Bob' }).click()
    await page.getByRole('button', { name: 'Switch off: Bob' }).waitFor()
    await page.getByRole('button', { name: 'Reset link: Bob' }).click()
    const link = new URL(await button(page, 'reset-url').inputValue())
    await inspect(page, 'admin-reset')
    await bob.page.goto(`${server.url}/sign-in${link.hash}`)
    await shows(bob.page, 'once')
    assert.equal(await bob.page.locator('#once-email').isVisible(), false, 'whose it is the link knows')
    await bob.page.locator('#once-password').fill(PASSWORDS.new)
    await button(bob.page, 'use-link').click()
    await bob.page.waitForURL('**/meetings')
    await shows(bob.page, 'list')
    await page.getByRole('button', { name: 'Done' }).click()
    await bob.page.goto(`${server.url}/admin`)
    await bob.page.getByText('This page is for administrators.').waitFor()
    await inspect(bob.page, 'admin-refused')
  })

  assert.deepEqual([ann.errors, bob.errors], [[], []], 'errors in the pages')
})

test('a server whose accounts are its administrators\' to make', { timeout: 60_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t, { camera: false })
  const { page } = await Visitor.open(browser, { camera: false })
  await page.goto(`${server.url}/sign-in#new`)
  await shows(page, 'in')
  assert.equal(await button(page, 'to-sign-up').isVisible(), false, 'nobody makes an account here by themselves')
})
