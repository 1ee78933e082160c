// A real Janus with the built modules: temporary state folder, ports of its own, logs collected, figures from /proc.
import { spawn, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api_request } from './rest.mjs'
import { until, within } from './wait.mjs'

export const ADDRESS = '10.99.0.1'
const CLOCK_TICKS = 100
let next_port = 8443

/** libconfig text of { section: { name: value } }. */
function jcfg (sections) {
  const value = (v) => Array.isArray(v) ? `[ ${v.map(value).join(', ')} ]` : JSON.stringify(v)
  return Object.entries(sections).map(([name, options]) =>
    `${name}: {\n${Object.entries(options).map(([k, v]) => `\t${k} = ${value(v)}\n`).join('')}}\n`).join('')
}

/** Where the modules, libraries and the page are: an installation prefix, maybe below a DESTDIR. */
function stage_folders () {
  const stage = process.env.CURIA_STAGE
  if (!stage) throw new Error('CURIA_STAGE must name the folder that Curia was installed into (make install prefix=...)')
  const folders = { modules: process.env.CURIA_MODULES ?? join(stage, 'lib/janus'), libraries: process.env.CURIA_LIBRARIES ??
    join(stage, 'lib'), html: process.env.CURIA_HTML ?? join(stage, 'share/curia/html') }
  for (const name of ['plugins', 'transports', 'events'])
    if (!existsSync(join(folders.modules, name))) throw new Error(`no modules in ${folders.modules}: run make install first`)
  return folders
}

export class Server {
  /** options: { room: {...}, api: {...} } of curia.jcfg over the tests' own; or a function of the server, which has url and port by then. */
  static async start (options = {}) {
    const server = new Server(options)
    await server.#start()
    return server
  }

  constructor (options) {
    Object.assign(this, { options, log: '', exited: null, port: next_port++, folders: stage_folders() })
    this.state = mkdtempSync(join(tmpdir(), 'curia-e2e-'))
    this.url = `https://${ADDRESS}:${this.port}`
    this.secret = randomBytes(32).toString('hex')
    if (typeof options === 'function') this.options = options(this)
  }

  async #start () {
    this.#write_configuration()
    const sanitized = process.env.CURIA_SANITIZER
    const preload = sanitized && execFileSync('gcc', [`-print-file-name=lib${sanitized}.so`]).toString().trim()
    this.process = spawn('janus', ['-F', this.state, '-C', join(this.state, 'janus.jcfg')], {
      cwd: this.state, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LD_LIBRARY_PATH: this.folders.libraries, ...(preload && { LD_PRELOAD: preload }),
        ASAN_OPTIONS: 'detect_leaks=1:exitcode=99:handle_segv=1:abort_on_error=0',
        UBSAN_OPTIONS: 'print_stacktrace=1', TSAN_OPTIONS: `halt_on_error=0:exitcode=99:ignore_noninstrumented_modules=1:suppressions=${new URL('tsan.supp', import.meta.url).pathname}` },
    })
    this.exit = new Promise((resolve) => this.process.once('exit', (code, signal) => {
      this.exited = { code, signal }
      resolve(this.exited)
    }))
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (data) => { this.log = (this.log + data).slice(-4e6) })
    try {
      await until('the server is ready', async () => {
        if (this.exited) throw new Error(`janus ended: ${JSON.stringify(this.exited)}`)
        return (await api_request(this.url, 'GET', '/readyz')).status === 200
      }, { timeout_ms: 20_000 })
    } catch (error) {
      await this.stop()
      throw new Error(`${error.message}\n${this.log.slice(-4000)}`)
    }
  }

  #write_configuration () {
    for (const folder of ['none', 'data']) mkdirSync(join(this.state, folder), { recursive: true })
    const none = join(this.state, 'none')
    writeFileSync(join(this.state, 'janus.jcfg'), jcfg({
      general: { configs_folder: this.state, plugins_folder: join(this.folders.modules, 'plugins'),
        transports_folder: join(this.folders.modules, 'transports'), events_folder: join(this.folders.modules, 'events'), loggers_folder: none,
        admin_secret: randomBytes(16).toString('hex'), debug_level: Number(process.env.CURIA_JANUS_DEBUG ?? 4),
        debug_timestamps: true, debug_colors: false, event_loops: 2, session_timeout: 60 },
      media: { min_nack_queue: 1000, no_media_timer: 0, slowlink_threshold: 0 },
      nat: { ignore_mdns: true, ice_enforce_list: ADDRESS },
      events: { broadcast: true, stats_period: 0 },
    }))
    const { api = {}, ...others } = this.options
    writeFileSync(join(this.state, 'curia.jcfg'), jcfg({
      store: { url: `sqlite:${join(this.state, 'data/curia.db')}` },
      token: { keys: [`tests:${this.secret}`] },
      api: { port: 0, https_port: this.port, https_address: ADDRESS, state_folder: join(this.state, 'data'),
        html_folder: this.folders.html, requests_per_s: 1000, ...api },
      ...others,
    }))
  }

  get pid () { return this.process.pid }
  get alive () { return this.exited === null }

  /** Makes a meeting; gives what POST /api/v1/meetings answers. */
  async make_meeting (body = {}) {
    const answer = await api_request(this.url, 'POST', '/api/v1/meetings', { body })
    if (answer.status !== 201) throw new Error(`no meeting: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** How many are in the meeting right now, as the API tells. */
  async count (code) {
    const answer = await api_request(this.url, 'GET', `/api/v1/meetings/${code}`)
    return answer.body.live?.participants
  }

  /** { cpu_s, rss_kb, threads, fds } of the Janus process. */
  figures () {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1').split(') ')[1].split(' ')
    const status = readFileSync(`/proc/${this.pid}/status`, 'latin1')
    return { cpu_s: (Number(stat[11]) + Number(stat[12])) / CLOCK_TICKS, rss_kb: Number(status.match(/VmRSS:\s+(\d+)/)[1]),
      threads: Number(status.match(/Threads:\s+(\d+)/)[1]), fds: readdirSync(`/proc/${this.pid}/fd`).length }
  }

  /** How many threads of each name. */
  threads () {
    const names = {}
    for (const id of readdirSync(`/proc/${this.pid}/task`)) {
      let name
      try { name = readFileSync(`/proc/${this.pid}/task/${id}/comm`, 'latin1').trim() } catch { continue }
      names[name] = (names[name] ?? 0) + 1
    }
    return names
  }

  /** How many open files of each kind: { socket: 12, 'anon_inode:[eventfd]': 9, ... }. Not the database's: its few readers open lazily. */
  files () {
    const kinds = {}
    for (const fd of readdirSync(`/proc/${this.pid}/fd`)) {
      let kind
      try { kind = readlinkSync(`/proc/${this.pid}/fd/${fd}`).replace(/:\[\d+\]$/, '') } catch { continue }
      if (!kind.includes('/curia.db')) kinds[kind] = (kinds[kind] ?? 0) + 1
    }
    return kinds
  }

  /** Lines of the log that no run should show: crashes, assertions, sanitizer reports. */
  alarms () {
    return this.log.split('\n').filter((line) =>
      /(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error|GLib.*CRITICAL|assertion|Segmentation)/i.test(line))
  }

  /** Ends Janus as Ctrl-C does; gives { code, signal }. */
  async stop () {
    if (this.alive) {
      this.process.kill('SIGINT')
      await within(20_000, 'Janus ends after SIGINT', this.exit).catch((error) => {
        this.process.kill('SIGKILL')
        throw error
      })
    }
    if (process.env.CURIA_E2E_LOGS) {
      mkdirSync(process.env.CURIA_E2E_LOGS, { recursive: true })
      writeFileSync(join(process.env.CURIA_E2E_LOGS, `janus-${this.port}-${process.pid}.log`), this.log)
    }
    rmSync(this.state, { recursive: true, force: true })
    return this.exited
  }

  async kill () {
    this.process.kill('SIGKILL')
    await this.exit
  }

  /** Starts it again after `kill`, with the same ports, secrets and state. */
  async restart () {
    if (this.alive) throw new Error('the server runs already')
    this.exited = null
    await this.#start()
  }
}
