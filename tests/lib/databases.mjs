// Real PostgreSQL and Redis for end-to-end tests: temporary folder, free ports of 127.0.0.1, gone when the test's process is.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './wait.mjs'

const DEBIAN_FOLDER = '/usr/lib/postgresql' // <version>/bin, which is not on the path

export async function free_port () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function answers (port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}

/** A server process that can be ended and started again on the same port. Wishes of the subclasses: argv, ready, stop_signal. */
class Database {
  constructor (name) {
    this.name = name
    this.folder = mkdtempSync(join(tmpdir(), `curia-${name}-`))
    this.log_file = join(this.folder, 'log')
    process.once('exit', () => this.#remove())
  }

  /** Starts it, and waits until it takes connections. */
  async start () {
    const log = openSync(this.log_file, 'a')
    // innermost, for whatever changes the user forgets the signal
    const [command, ...args] = [...this.as_user(), 'setpriv', '--pdeathsig', 'KILL', '--', ...this.argv()]
    this.process = spawn(command, args, { cwd: '/', stdio: ['ignore', log, log] })
    closeSync(log)
    this.exit = once(this.process, 'exit')
    try {
      await until(`${this.name} takes connections`, async () => {
        if (this.process.exitCode !== null) throw new Error(`it ended with ${this.process.exitCode}`)
        return this.ready()
      }, { timeout_ms: 60_000 })
    } catch (error) {
      throw new Error(`${error.message}\n${readFileSync(this.log_file, 'utf8').slice(-4000)}`)
    }
  }

  get alive () { return this.process.exitCode === null && this.process.signalCode === null }
  get log () { return readFileSync(this.log_file, 'utf8') }
  as_user () { return [] }

  async #end (signal) {
    if (this.alive) this.process.kill(signal)
    await this.exit
  }

  /** Ends it at once, as a crash would. */
  async kill () { await this.#end(this.crash_signal) }

  /** Ends it (`kill` as well where it runs), starts it on the same port; PostgreSQL with the same data, Redis empty. */
  async restart () {
    await this.kill()
    await this.start()
  }

  /** Ends it and removes all that it kept. */
  async stop () {
    await this.kill()
    this.#remove()
  }

  #remove () {
    if (this.process && this.alive) this.process.kill(this.crash_signal)
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

// ---- PostgreSQL ----

function postgres_program (name) {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : []
  return versions.map((version) => join(DEBIAN_FOLDER, version, 'bin', name)).find(existsSync) ?? name
}

/** PostgreSQL refuses to run as root: root becomes postgres; in a user namespace of one user, somebody in one more namespace. */
function postgres_user () {
  if (process.getuid() !== 0) return null
  const one_user = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] === '1'
  if (one_user) return {}
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres']))
  return { uid: id('-u'), gid: id('-g') }
}

class Postgres extends Database {
  crash_signal = 'SIGQUIT'

  async set_up () {
    this.user = postgres_user()
    this.data = join(this.folder, 'data')
    mkdirSync(this.data, { mode: 0o700 })
    chmodSync(this.folder, 0o711)
    if (this.user?.uid) chownSync(this.data, this.user.uid, this.user.gid)
    this.port = await free_port()
    this.#run('initdb', '-D', this.data, '-U', 'curia', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync')
    await this.start()
    this.url = this.database('curia')
  }

  /** The URL of another empty database; one of that name from before is dropped. */
  database (name) {
    const where = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'curia']
    this.#run('dropdb', ...where, '--if-exists', '--force', name)
    this.#run('createdb', ...where, '-T', 'template0', name)
    return `postgresql://curia@127.0.0.1:${this.port}/${name}`
  }

  /** Rows of a query as arrays of text: `sql('SELECT id, title FROM meetings')`. */
  sql (query, url = this.url) {
    const text = execFileSync(postgres_program('psql'), ['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', query], { encoding: 'utf8' })
    return text.split('\n').filter((line) => line !== '').map((line) => line.split('\t'))
  }

  as_user () {
    const { uid, gid } = this.user ?? {}
    if (uid) return ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--']
    return this.user ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] : []
  }

  #run (program, ...args) {
    const [command, ...rest] = [...this.as_user(), postgres_program(program), ...args]
    execFileSync(command, rest, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  }

  argv () {
    return [postgres_program('postgres'), '-D', this.data, `--port=${this.port}`, `--unix_socket_directories=${this.data}`, '--listen_addresses=127.0.0.1', '--max_connections=100']
  }

  ready () {
    try {
      this.#run('pg_isready', '-q', '-h', '127.0.0.1', '-p', String(this.port))
      return true
    } catch { return false }
  }
}

// ---- Redis ----

class Redis extends Database {
  crash_signal = 'SIGKILL'

  async set_up (config) {
    this.port = await free_port()
    this.url = `redis://127.0.0.1:${this.port}`
    this.config_file = join(this.folder, 'redis.conf')
    writeFileSync(this.config_file, `port ${this.port}\nbind 127.0.0.1\nsave ""\nappendonly no\ndir ${this.folder}\n${config}\n`)
    await this.start()
  }

  argv () { return ['redis-server', this.config_file] }
  ready () { return answers(this.port) }
}

/** A PostgreSQL with an empty database: { url, database(name), sql(query), stop(), kill(), start(), restart(), log }. */
export async function startPostgres () {
  const server = new Postgres('postgres')
  await server.set_up()
  return server
}

/** A Redis, with more lines for redis.conf: { url, port, stop(), kill(), start(), restart(), log }. */
export async function startRedis (config = '') {
  const server = new Redis('redis')
  await server.set_up(config)
  return server
}
