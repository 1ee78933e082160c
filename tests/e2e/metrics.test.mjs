// /metrics of a real server with a real meeting: promtool finds nothing to say against it, a real Prometheus scrapes it with
// the sample configuration, the rules load, and the dashboard asks for nothing that does not exist.
import test from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { free_port } from '../lib/databases.mjs'
import { check, Prometheus, samples } from '../lib/prometheus.mjs'
import { api_request } from '../lib/rest.mjs'
import { a_server, light_clients } from '../lib/scene.mjs'
import { until } from '../lib/wait.mjs'

const TOKEN = 'a-token-for-the-tests-of-metrics'
const conf = (path) => new URL(`../../conf/${path}`, import.meta.url).pathname
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Names in the tables of docs/metrics.md. */
const documented = () => new Set([...read('docs/metrics.md').matchAll(/^\| `(\w+)` \|/mg)].map((m) => m[1]))
const family = (name) => name.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, (suffix, _, at, all) =>
  documented().has(all) ? suffix : '')

/** Every expression of the dashboard, with its variables filled in. */
const dashboard = () => JSON.parse(read('conf/grafana/curia.json')).panels
  .flatMap((panel) => (panel.targets ?? []).map((target) => target.expr.replaceAll('$instance', '.*')))

test('what ships for Prometheus and Alertmanager is right by their own tools', async (t) => {
  await t.test('the rules', () => check('promtool', ['check', 'rules', conf('prometheus/curia.rules.yml')]))
  await t.test('what the rules do', () =>
    check('promtool', ['test', 'rules', new URL('../prometheus/curia.rules.test.yml', import.meta.url).pathname]))
  await t.test('each alert is among them', () => {
    const tested = read('tests/prometheus/curia.rules.test.yml')
    for (const [, alert] of read('conf/prometheus/curia.rules.yml').matchAll(/alert: (\w+)/g))
      assert.match(tested, new RegExp(`alertname: ${alert}\\n\\s+exp_alerts: \\[\\{`), alert)
  })
  await t.test('the sample configuration', () => check('promtool', ['check', 'config', conf('prometheus/prometheus.yml')]))
  await t.test('the configuration of Alertmanager', () => check('amtool', ['check-config', conf('alertmanager/alertmanager.yml')]))
  await t.test('its routes', () => {
    for (const [severity, receiver] of [['page', 'pagerduty'], ['warning', 'mail']])
      assert.match(check('amtool', ['config', 'routes', 'test', `--config.file=${conf('alertmanager/alertmanager.yml')}`,
        `severity=${severity}`]), new RegExp(`^${receiver}$`, 'm'))
  })
})

test('metrics of a meeting', { timeout: 180_000 }, async (t) => {
  const port = await free_port()
  const server = await a_server(t, { api: { port, address: '127.0.0.1', metrics_token: TOKEN },
    room: { quality_interval_ms: 1000 } })
  const local = `http://127.0.0.1:${port}/metrics`
  const scrape = async () => {
    const answer = await fetch(local)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    return answer.text()
  }
  const meeting = await server.make_meeting()
  await light_clients(t, server, meeting.code, ['Ann', 'Bob'], { view: { video_slots: 2 } })
  let text, now
  await until('both send and receive, and have reported on it', async () => {
    text = await scrape()
    now = samples(text)
    return now.get('curia_join_seconds_count') === 2 && now.get('curia_connection_successes_total{kind="view"}') === 2 &&
      now.get('curia_reported_packets_total') > 0 && now.get('curia_loss_ratio_count{direction="down"}') > 0 &&
      now.get('curia_packets_forwarded_total{verdict="sent"}') > 50 && now.get('curia_ledger_events_total{result="written"}') > 6
  }, { timeout_ms: 30_000, every_ms: 500 })

  await t.test('promtool has nothing to say against the text', () => check('promtool', ['check', 'metrics'], text))

  await t.test('it has only documented names', () => {
    const names = documented()
    for (const name of now.keys()) assert.ok(names.has(family(name)), name)
  })

  await t.test('it tells what is', () => {
    const expect = { curia_meetings: 1, 'curia_participants{role="participant"}': 2, curia_publishers: 2,
      'curia_tracks{source="camera",codec="vp8"}': 2, 'curia_tracks{source="microphone",codec="opus"}': 2, curia_joins_total: 2,
      'curia_connection_attempts_total{kind="publish"}': 2, 'curia_connection_attempts_total{kind="view"}': 2,
      'curia_connection_successes_total{kind="publish"}': 2, 'curia_connection_successes_total{kind="view"}': 2,
      'curia_connections{kind="websocket"}': 2, 'curia_janus_sessions{state="connected"}': 2, curia_store_up: 1, curia_bus_up: 1,
      curia_cluster_nodes: 1, 'curia_ledger_events_total{result="refused_queue"}': 0, 'curia_ledger_events_total{result="dropped"}': 0,
      'curia_packets_received_total{verdict="malformed"}': 0, curia_scrape_parts_unanswered_total: 0 }
    for (const [name, value] of Object.entries(expect)) assert.equal(now.get(name), value, name)
    assert.equal(now.get('curia_api_request_seconds_count{route="createMeeting",status="2xx"}'), 1)
    assert.equal(now.get('curia_api_request_seconds_count{route="joinMeeting",status="2xx"}'), 2)
    assert.ok(now.get('curia_media_bytes_total{direction="in"}') > 10_000)
    assert.ok(now.get('curia_media_bytes_total{direction="out"}') > 10_000)
    assert.ok(now.get('curia_join_seconds_sum') < 20)
  })

  await t.test('it agrees with the kernel', () => {
    const figures = server.figures()
    const near = (name, value, slack) => assert.ok(Math.abs(now.get(name) - value) <= slack, `${name}: ${now.get(name)}, ${value}`)
    near('process_cpu_seconds_total', figures.cpu_s, 2)
    near('process_resident_memory_bytes', figures.rss_kb * 1024, 32 * 1024 * 1024)
    near('process_threads', figures.threads, 4)
    near('process_open_fds', figures.fds, 8)
    near('process_start_time_seconds', Date.now() / 1000, 120)
  })

  await t.test('from elsewhere it wants the token', async () => {
    for (const [authorization, status] of [[undefined, 401], ['Bearer wrong', 401], [`Bearer ${TOKEN}`, 200]]) {
      const answer = await api_request(server.url, 'GET', '/metrics', { headers: authorization ? { authorization } : {} })
      assert.equal(answer.status, status)
    }
    const forwarded = await fetch(local, { headers: { 'x-forwarded-for': '192.0.2.7' } })
    assert.equal(forwarded.status, 401, 'through a proxy on this machine')
  })

  await t.test('counters never go back, whoever leaves', async (t) => {
    const [eve] = await light_clients(t, server, meeting.code, ['Eve'], { view: { video_slots: 2 } })
    const counters = [...text.matchAll(/^# TYPE (\w+) counter$/mg)].map((m) => m[1])
    let before = samples(await scrape())
    await eve.leave()
    await until('she is gone', async () => {
      const after = samples(await scrape())
      for (const [name, value] of before)
        if (counters.includes(family(name)) || /_(count|bucket)(\{|$)/.test(name)) assert.ok(after.get(name) >= value, name)
      before = after
      return after.get('curia_participants{role="participant"}') === 2
    }, { timeout_ms: 15_000, every_ms: 50 })
  })

  await t.test('a real Prometheus scrapes it, evaluates the rules, and answers the dashboard', async (t) => {
    const configuration = read('conf/prometheus/prometheus.yml').replace(/interval: 15s/g, 'interval: 1s')
      .replaceAll('curia.rules.yml', conf('prometheus/curia.rules.yml')).replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    const credentials = join(server.state, 'metrics-token')
    writeFileSync(credentials, TOKEN)
    const prometheus = await Prometheus.start(t, `${configuration}
  - job_name: curia-tls
    scheme: https
    tls_config: { insecure_skip_verify: true }
    authorization: { credentials_file: ${credentials} }
    static_configs: [{ targets: ['${server.url.slice('https://'.length)}'] }]
`)
    const value = async (query) => (await prometheus.query(query))[0]?.value
    for (const job of ['curia', 'curia-tls'])
      await until(`${job} is scraped`, async () => await value(`up{job="${job}"}`) === 1, { timeout_ms: 30_000, every_ms: 500 })
    assert.equal(await value('curia_meetings{job="curia"}'), 1)
    assert.equal(await value('sum(curia_participants{job="curia-tls"})'), 2)
    const rate = 'sum(rate(curia_packets_forwarded_total{job="curia",verdict="sent"}[10s]))'
    await until('packets have a rate', async () => await value(rate) > 10, { timeout_ms: 30_000, every_ms: 500 })
    for (const [record, least] of [['curia:nodes', 1], ['instance:curia_connections:sum', 2], ['instance:curia_cpu:ratio_rate2m', 0.001],
      ['curia:nodes_desired', 1]])
      await until(`${record} is recorded`, async () => await value(record) >= least, { timeout_ms: 30_000, every_ms: 500 })
    const { groups } = await prometheus.api('rules')
    assert.ok(groups.length >= 5)
    for (const group of groups)
      for (const rule of group.rules) assert.equal(rule.health, 'ok', `${rule.name}: ${rule.lastError}`)

    const expressions = dashboard()
    assert.ok(expressions.length > 30)
    const known = new Set([...documented(), ...[...read('conf/prometheus/curia.rules.yml').matchAll(/record: (\S+)/g)].map((m) => m[1])])
    for (const expression of expressions) {
      await prometheus.query(expression)
      for (const [name] of expression.matchAll(/\b(?:(?:curia|instance):[\w:]+|curia_\w+|process_\w+)/g))
        assert.ok(known.has(name) || known.has(family(name)), `${name} in ${expression}`)
    }
  })
})
