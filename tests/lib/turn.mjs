// A real TURN server, Debian's coturn, with credentials that are minted from a shared secret (its REST scheme).
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until, within } from './wait.mjs'

let next_port = 3478

/** Starts one on `address` that the end of test `t` stops; gives { url, log() }. */
export async function a_turn_server (t, address, secret) {
  const folder = mkdtempSync(join(tmpdir(), 'curia-turn-')), port = next_port++
  const settings = { realm: 'curia.test', 'static-auth-secret': secret, 'listening-ip': address, 'relay-ip': address, 'listening-port': port,
    'min-port': 49152, 'max-port': 49407, pidfile: join(folder, 'pid'), userdb: join(folder, 'turndb'), 'log-file': 'stdout' }
  writeFileSync(join(folder, 'turn.conf'), [...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    'use-auth-secret', 'no-tls', 'no-dtls', 'no-cli', 'fingerprint', 'verbose', 'simple-log', ''].join('\n'))
  const server = spawn('turnserver', ['-c', join(folder, 'turn.conf')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(server, 'exit').catch((error) => { throw new Error('no turnserver: install coturn', { cause: error }) })
  let log = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => { log = (log + data).slice(-1e6) })
  t.after(async () => {
    server.kill('SIGTERM')
    await within(10_000, 'coturn ends', ended)
    rmSync(folder, { recursive: true, force: true })
  })
  await Promise.race([until('coturn listens', () => /listener opened/i.test(log)),
    ended.then(() => { throw new Error(`coturn ended: ${log}`) })])
  return { url: `turn:${address}:${port}?transport=udp`, log: () => log }
}
