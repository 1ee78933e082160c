// The databases that end-to-end tests start: they answer, keep or lose what they should, and leave nothing behind.
import test from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { startPostgres, startRedis } from './databases.mjs'

function runs (pid) {
  try { return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')) } catch { return false }
}

test('PostgreSQL keeps its data when it crashes, and is gone when stopped', async () => {
  const postgres = await startPostgres()
  postgres.sql('CREATE TABLE a (n INTEGER)')
  postgres.sql('INSERT INTO a VALUES (1), (2)')
  const other = postgres.database('other')
  assert.throws(() => postgres.sql('SELECT * FROM a', other), /does not exist/)
  await postgres.kill()
  assert.throws(() => postgres.sql('SELECT 1'))
  await postgres.restart()
  assert.deepEqual(postgres.sql('SELECT n FROM a ORDER BY n'), [['1'], ['2']])
  const { pid } = postgres.process
  await postgres.stop()
  assert.ok(!existsSync(postgres.folder))
  assert.ok(!runs(pid))
})

test('Redis starts on the same port, empty', async () => {
  const redis = await startRedis('requirepass hush')
  const cli = (...args) => execFileSync('redis-cli', ['-p', redis.port, '-a', 'hush', '--no-auth-warning', ...args], { encoding: 'utf8' }).trim()
  assert.equal(cli('SET', 'a', '1'), 'OK')
  await redis.restart()
  assert.equal(cli('GET', 'a'), '')
  await redis.stop()
  assert.ok(!existsSync(redis.folder))
})

test('they end with the process that started them, killed or not', () => {
  const script = `import { startPostgres } from './databases.mjs'
    const postgres = await startPostgres()
    console.log(postgres.process.pid)
    process.kill(process.pid, 'SIGKILL')`
  let out
  try { out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname ?? new URL('.', import.meta.url).pathname, encoding: 'utf8' }) } catch (error) { out = error.stdout }
  const pid = Number(out)
  assert.ok(pid > 1)
  for (let i = 0; i < 50 && runs(pid); i++) execFileSync('sleep', ['0.1'])
  assert.ok(!runs(pid))
})
