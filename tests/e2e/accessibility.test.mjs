// axe-core on every page there is: on a phone in the light, on a desk in the dark; the stories of the pages look at the rest.
import test from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { button, first_secret, inspect, shows, sign_in } from '../lib/account-pages.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_browser, a_server } from '../lib/scene.mjs'

const HTML = new URL('../../html/', import.meta.url)
const EMAIL = 'ann@example.org', PASSWORD = 'a good long password'

/** The page that a path leads to. */
const file_of = (path) => path === '/' ? 'index.html' : `${path.split('/')[1].replace(/^m$/, 'meeting')}.html`

async function post (server, path, body, token) {
  const headers = { origin: server.url, 'x-curia': '1', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await api_request(server.url, 'POST', `/api/v1${path}`, { body, headers })
  assert.ok(answer.status < 300, `${path}: ${answer.text}`)
  return answer.body
}

/** Makes the first administrator; gives its access token. */
async function first_admin (server) {
  const secret = new URLSearchParams(first_secret(server).slice(1)).get('once')
  return (await post(server, '/one-time', { secret, email: EMAIL, name: 'Ann', password: PASSWORD })).access_token
}

/** A meeting with a member, a password and a waiting room, and a key beside it, so that there is something on every page. */
async function meeting_of (server, token) {
  const made = await post(server, '/meetings', { title: 'Weekly plans', waiting_room: 'guests', password: 'sesame' }, token)
  await post(server, '/accounts/invite', { email: 'bob@example.org', name: 'Bob' }, token)
  await post(server, `/meetings/${made.code}/members`, { email: 'bob@example.org', role: 'moderator' }, token)
  await post(server, '/keys', { name: 'Learning platform', scopes: ['roomCreate'] }, token)
  await post(server, '/webhooks', { url: 'https://app.example.org/hook', events: ['participant_joined'] }, token)
  return made
}

test('every page, on a phone and a desk, light and dark, has nothing that keeps people out', { timeout: 280_000 }, async (t) => {
  const server = await a_server(t)
  const browser = await a_browser(t, { camera: false })
  const account = await first_admin(server)
  const { code } = await meeting_of(server, account)
  const pages = [['home', '/', 'home'], ['meetings', '/meetings', 'list'], ['settings', `/meetings?m=${code}`, 'one'], ['account', '/account', 'account'],
    ['accounts', '/admin', 'accounts'], ['keys', '/admin#keys', 'keys'], ['webhooks', '/admin#webhooks', 'webhooks'], ['audit', '/admin#audit', 'audit'],
    ['history', '/history', 'list'], ['lobby', `/m/${code}`, 'lobby'], ['sign-in', '/sign-in', 'in']]
  const files = new Set(readdirSync(HTML).filter((name) => name.endsWith('.html')))
  for (const [width, height, colorScheme] of [[390, 844, 'light'], [1280, 800, 'dark']]) {
    const visitor = await sign_in(server, browser, EMAIL, PASSWORD, { width, height, colorScheme })
    const { page } = visitor
    page.on('response', (response) => files.delete(file_of(new URL(response.url()).pathname)))
    for (const [name, path, state] of pages) {
      if (name === 'sign-in') {
        await page.goto(`${server.url}/meetings`)
        await button(page, 'sign-out').click()
        await page.waitForURL(`${server.url}/`)
      }
      await page.goto(server.url + path)
      if (path.includes('#')) await page.reload()
      await shows(page, state)
      await inspect(page, `every-${name}-${colorScheme}`)
    }
    assert.deepEqual(visitor.errors, [])
    await visitor.close()
  }
  assert.deepEqual([...files], [], 'pages that nobody looked at')
})
