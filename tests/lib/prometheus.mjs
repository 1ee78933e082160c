// A real Prometheus for end-to-end tests: temporary folder, a free port of 127.0.0.1, gone when the test is. And promtool.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { free_port } from './databases.mjs'
import { until } from './wait.mjs'

/** Runs a checking tool; gives what it printed, or throws with it. */
export function check (program, args, input) {
  try {
    return execFileSync(program, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.stdout ?? ''}${error.stderr ?? ''}${error.code ?? ''}`)
  }
}

/** The samples of a text of metrics: Map of 'name{label="value"}' to number. */
export function samples (text) {
  return new Map(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at), Number(line.slice(at + 1))]
  }))
}

export class Prometheus {
  /** `configuration` is the text of its file. Ends with test `t`. */
  static async start (t, configuration) {
    const self = new Prometheus()
    self.folder = mkdtempSync(join(tmpdir(), 'curia-prometheus-'))
    t.after(() => self.stop())
    self.url = `http://127.0.0.1:${await free_port()}`
    writeFileSync(join(self.folder, 'prometheus.yml'), configuration)
    self.process = spawn('prometheus', [`--config.file=${self.folder}/prometheus.yml`, `--storage.tsdb.path=${self.folder}/data`,
      `--web.listen-address=${self.url.slice('http://'.length)}`], { cwd: self.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    self.log = ''
    for (const stream of [self.process.stdout, self.process.stderr]) stream.on('data', (data) => { self.log += data })
    self.exit = new Promise((resolve) => {
      self.process.once('exit', resolve)
      self.process.once('error', resolve)
    })
    self.exit.then(() => { self.ended = true })
    try {
      await until('Prometheus is ready', async () => {
        if (self.ended) throw new Error('it ended')
        return (await fetch(`${self.url}/-/ready`)).ok
      }, { timeout_ms: 30_000 })
    } catch (error) {
      throw new Error(`${error.message}\n${self.log.slice(-3000)}`)
    }
    return self
  }

  async api (path, parameters = {}) {
    const answer = await (await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`)).json()
    if (answer.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${answer.error}`)
    return answer.data
  }

  /** The samples of an instant query: [{ metric, value }]. */
  async query (query) {
    return (await this.api('query', { query })).result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }

  async stop () {
    if (!this.ended && this.process?.pid) {
      this.process.kill('SIGTERM')
      await this.exit
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
