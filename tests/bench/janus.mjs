// Debian's Janus with one set of settings, either with our modules or with the stock VideoRoom and its WebSocket transport.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export const ADDRESS = '10.99.0.1'
const READY_MS = 20_000
const STOCK_PORT = 8188, OUR_PORT = 8443

/** libconfig text of { section: { name: value } }. */
function jcfg (sections) {
  const value = (v) => Array.isArray(v) ? `[ ${v.map(value).join(', ')} ]` : JSON.stringify(v)
  return Object.entries(sections).map(([name, options]) =>
    `${name}: {\n${Object.entries(options).map(([k, v]) => `\t${k} = ${value(v)}\n`).join('')}}\n`).join('')
}

/** Where Debian keeps Janus' own modules. */
function stock_folder () {
  const found = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'janus')).concat('/usr/lib/janus').find(existsSync)
  if (!found) throw new Error('Janus\' own modules are not below /usr/lib')
  return found
}

export function find_jemalloc () {
  return readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'libjemalloc.so.2')).find(existsSync)
}

export class Janus {
  /** kind: 'curia' or 'videoroom'; loops: event_loops, 0 for a thread per handle; preload: a library or nothing; room: options of curia.jcfg. */
  static async start ({ kind, loops = 2, preload = '', room = {} }) {
    const janus = new Janus({ kind, loops, preload, room })
    await janus.#start()
    return janus
  }

  constructor (options) {
    Object.assign(this, options, { log: '', state: mkdtempSync(join(tmpdir(), 'curia-bench-')), key: 'bench', secret: randomBytes(32).toString('hex') })
  }

  /** What curia-load needs to know. */
  get target () {
    return this.kind === 'videoroom' ? ['--videoroom', `ws://${ADDRESS}:${STOCK_PORT}`]
      : ['--url', `https://${ADDRESS}:${OUR_PORT}`, '--insecure', '--api-key', this.key, '--api-secret', this.secret]
  }

  #folders () {
    const stage = process.env.CURIA_STAGE
    for (const name of ['none', 'plugins', 'transports', 'data']) mkdirSync(join(this.state, name))
    if (this.kind === 'curia') {
      const modules = process.env.CURIA_MODULES ?? join(stage, 'lib/janus')
      return { plugins_folder: join(modules, 'plugins'), transports_folder: join(modules, 'transports') }
    }
    const stock = stock_folder()
    symlinkSync(join(stock, 'plugins/libjanus_videoroom.so'), join(this.state, 'plugins/libjanus_videoroom.so'))
    symlinkSync(join(stock, 'transports/libjanus_websockets.so'), join(this.state, 'transports/libjanus_websockets.so'))
    return { plugins_folder: join(this.state, 'plugins'), transports_folder: join(this.state, 'transports') }
  }

  /** The same for both, but for what only one of them reads. */
  #write_configuration () {
    const none = join(this.state, 'none')
    writeFileSync(join(this.state, 'janus.jcfg'), jcfg({
      general: { configs_folder: this.state, ...this.#folders(), events_folder: none, loggers_folder: none,
        admin_secret: randomBytes(16).toString('hex'), debug_level: 3, debug_colors: false, event_loops: this.loops, session_timeout: 60 },
      media: { min_nack_queue: 1000, no_media_timer: 0, slowlink_threshold: 0 },
      nat: { ignore_mdns: true, ice_enforce_list: ADDRESS },
      events: { broadcast: false },
    }))
    writeFileSync(join(this.state, 'janus.plugin.videoroom.jcfg'), '')
    writeFileSync(join(this.state, 'janus.transport.websockets.jcfg'), jcfg({
      general: { json: 'compact', ws: true, ws_port: STOCK_PORT, ws_ip: ADDRESS, wss: false }, admin: { admin_ws: false, admin_wss: false } }))
    writeFileSync(join(this.state, 'curia.jcfg'), jcfg({
      store: { url: `sqlite:${join(this.state, 'data/curia.db')}` },
      token: { keys: [`${this.key}:${this.secret}`] },
      api: { port: 0, https_port: OUR_PORT, https_address: ADDRESS, state_folder: join(this.state, 'data'), requests_per_s: 1000,
        html_folder: process.env.CURIA_HTML ?? join(process.env.CURIA_STAGE ?? '/nonexistent', 'share/curia/html'),
        max_connections_per_address: 5000, max_connections: 5000 },
      room: { max_participants: 500, ...this.room },
    }))
  }

  async #start () {
    this.#write_configuration()
    this.process = spawn('janus', ['-F', this.state, '-C', join(this.state, 'janus.jcfg')], { cwd: this.state, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LD_LIBRARY_PATH: process.env.CURIA_LIBRARIES ?? join(process.env.CURIA_STAGE ?? '', 'lib'),
        ...(this.preload && { LD_PRELOAD: this.preload }) } })
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (data) => { this.log = (this.log + data).slice(-1e6) })
    this.exit = once(this.process, 'exit')
    const until = Date.now() + READY_MS
    while (!this.#listens()) {
      if (this.process.exitCode !== null || Date.now() > until) throw new Error(`janus does not start:\n${this.log.slice(-3000)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
  }

  #listens () {
    const port = (this.kind === 'videoroom' ? STOCK_PORT : OUR_PORT).toString(16).toUpperCase().padStart(4, '0')
    return readFileSync('/proc/net/tcp', 'latin1').split('\n').some((line) => line.includes(`:${port} 00000000:0000 0A`))
  }

  get pid () { return this.process.pid }

  async stop () {
    if (this.process.exitCode === null) this.process.kill('SIGINT')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 15_000)
    await this.exit
    clearTimeout(timer)
    rmSync(this.state, { recursive: true, force: true })
    return basename(this.state)
  }
}
