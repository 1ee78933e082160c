// Real Chromium with a made-up camera and microphone, and what its getStats says.
import { chromium } from 'playwright-core'
import { readFileSync } from 'node:fs'
import { until } from './wait.mjs'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-features=DialMediaRouteProvider,OptimizationHints',
  '--ignore-certificate-errors', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required']
const EXECUTABLE = process.env.CURIA_CHROMIUM ?? '/usr/bin/chromium'

/** Opens Chromium with an empty profile. Without `camera` the page is asked for permission and refused. */
export async function launch ({ args = [], camera = true } = {}) {
  const flags = camera ? FLAGS : FLAGS.filter((flag) => !flag.includes('fake-ui'))
  return chromium.launch({ executablePath: EXECUTABLE, args: [...flags, ...args] })
}

/** As `launch`, but with a process that can be killed: gives { browser, kill }. */
export async function launch_killable () {
  const host = await chromium.launchServer({ executablePath: EXECUTABLE, args: FLAGS })
  const browser = await chromium.connect(host.wsEndpoint())
  return { browser, kill: () => host.kill() }
}

/** Runs in the page: keeps every PeerConnection findable, whatever the page's own code is like. */
function watch_connections () {
  window.connections_made = []
  const Native = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Native {
    constructor (...args) {
      super(...args)
      window.connections_made.push(this)
    }
  }
}

async function read_stats () {
  const inbound = [], outbound = [], transports = []
  for (const [connection, pc] of window.connections_made.entries()) {
    if (pc.connectionState === 'closed') continue
    const stats = await pc.getStats()
    for (const s of stats.values()) {
      if (s.type === 'inbound-rtp' && s.packetsReceived > 0) inbound.push({ connection, ...s, codec: stats.get(s.codecId)?.mimeType })
      else if (s.type === 'outbound-rtp') outbound.push({ connection, ...s, codec: stats.get(s.codecId)?.mimeType })
      else if (s.type === 'transport')
        transports.push({ connection, state: pc.connectionState, ...s, pair: stats.get(s.selectedCandidatePairId) })
    }
  }
  return { at: performance.now(), inbound, outbound, transports }
}

/** A participant in a browser page. */
export class Visitor {
  /** Opens a page of its own (profile of its own) in `browser`. */
  static async open (browser, { width = 1280, height = 800, camera = true, name = 'Visitor', ...context_options } = {}) {
    const visitor = new Visitor()
    visitor.context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width, height },
      permissions: camera ? ['camera', 'microphone'] : [], bypassCSP: false, ...context_options })
    visitor.page = await visitor.context.newPage()
    Object.assign(visitor, { name, console: [], errors: [], messages: [] })
    await visitor.page.addInitScript(watch_connections)
    visitor.page.on('console', (m) => visitor.console.push(`${m.type()}: ${m.text()}`))
    visitor.page.on('pageerror', (error) => visitor.errors.push(String(error.stack ?? error)))
    visitor.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => visitor.#on_frame(payload)))
    return visitor
  }

  #on_frame (payload) {
    let message
    try { message = JSON.parse(payload) } catch { return }
    const data = message.plugindata?.data
    if (data) this.messages.push({ at: Date.now(), ...data })
  }

  /** Comes in by deep link, sending what `query` says. */
  async join (url, code, query = {}) {
    const words = new URLSearchParams({ name: this.name, join: 1, audio: 1, video: 1, ...query })
    this.started = Date.now()
    await this.page.goto(`${url}/m/${code}?${words}`, { waitUntil: 'commit' })
    return this
  }

  /** Participant id, once the room said so. */
  get participant () { return this.messages.findLast?.((m) => m.room === 'joined')?.you.participant }

  stats () { return this.page.evaluate(read_stats) }

  /** What comes in: { video: [...], audio: [...], transports }. Only streams that ever carried a packet. */
  async incoming () {
    const { inbound, transports, at } = await this.stats()
    return { at, transports, video: inbound.filter((s) => s.kind === 'video'), audio: inbound.filter((s) => s.kind === 'audio') }
  }

  /** Waits until `videos` streams decode pictures and `audios` bring sound; gives the ms since join(). */
  async hears_and_sees ({ videos, audios = videos, timeout_ms = 20_000 }) {
    let last
    try {
      await until(`${this.name} decodes ${videos} videos and ${audios} voices`, async () => {
        last = await this.incoming()
        return last.video.filter((s) => s.framesDecoded > 0).length >= videos &&
          last.audio.filter((s) => s.totalAudioEnergy > 0).length >= audios
      }, { timeout_ms, every_ms: 100 })
    } catch (error) {
      const got = last && { video: last.video.map((s) => s.framesDecoded), energy: last.audio.map((s) => s.totalAudioEnergy),
        transports: last.transports.map((t) => t.state) }
      throw new Error(`${error.message}; has ${JSON.stringify(got)}\n${[...this.errors, ...this.console].slice(-15).join('\n')}`)
    }
    return Date.now() - this.started
  }

  close () { return this.context.close() }
}

/** Runs axe-core on the page; gives its violations of the impacts named. */
export async function accessibility_violations (page, impacts = ['serious', 'critical']) {
  const source = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
  await page.evaluate(source)
  // Half faded out, a message has no contrast that could be judged.
  await page.waitForFunction(() => !document.querySelector('.toast.going'))
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.filter((v) => impacts.includes(v.impact))
    .map((v) => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`)
}
