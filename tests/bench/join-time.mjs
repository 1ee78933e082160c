// Join time in the browser: from the click on "join" to the first decoded picture of somebody else, in a meeting of three.
// Usage: tests/bench/run join-time (JOINS=20)
import { Visitor, launch } from '../lib/browser.mjs'
import { LightClient } from '../lib/light-client.mjs'
import { Server } from '../lib/server.mjs'
import { percentile, until } from '../lib/wait.mjs'

const JOINS = Number(process.env.JOINS ?? 20)
const server = await Server.start()
const browser = await launch()
const { code } = await server.make_meeting()
const others = []
for (const name of ['Ann', 'Bob', 'Cid']) {
  const client = await new LightClient(server, code, { name }).join()
  await client.publish()
  others.push(client)
}

const times = []
for (let n = 0; n < JOINS; n++) {
  const visitor = await Visitor.open(browser, { name: `Visitor ${n}` })
  await visitor.page.goto(`${server.url}/m/${code}?name=Visitor&audio=1&video=1`)
  const button = visitor.page.getByRole('button', { name: /^join/i })
  await button.waitFor()
  await visitor.page.evaluate(() => {
    addEventListener('click', (event) => { window.clicked_at ??= event.timeStamp }, { capture: true })
    const look = async () => {
      if (window.clicked_at) {
        for (const pc of window.connections_made) {
          for (const s of (await pc.getStats()).values()) {
            if (s.type === 'inbound-rtp' && s.kind === 'video' && s.framesDecoded > 0) {
              window.seen_after_ms = performance.now() - window.clicked_at
              return
            }
          }
        }
      }
      setTimeout(look, 5)
    }
    look()
  })
  await button.click()
  times.push(await until('the first picture', () => visitor.page.evaluate(() => window.seen_after_ms), { every_ms: 50 }))
  await visitor.close()
  await until('the visitor is gone', async () => await server.count(code) === 3, { timeout_ms: 15_000 })
}
console.log(`join time of ${JOINS} joins into a meeting of 3: median ${Math.round(percentile(times, 0.5))} ms, ` +
  `p95 ${Math.round(percentile(times, 0.95))} ms, all: ${times.map(Math.round).join(' ')}`)
for (const client of others) client.vanish()
await browser.close()
await server.stop()
process.exit(0)
