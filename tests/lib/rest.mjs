// HTTPS requests to a server whose certificate it made itself. One connection each, so that nothing hides behind keep-alive.
import { request } from 'node:https'

/** Gives { status, headers, body (parsed when JSON), text }. */
export function api_request (base, method, path, { body, headers = {}, raw } = {}) {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const outgoing = request(base + path, { method, rejectUnauthorized: false, agent: false, timeout: 10_000, headers: {
      ...(content !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }), ...headers } })
    outgoing.once('response', (incoming) => {
      const parts = []
      incoming.on('data', (part) => parts.push(part))
      incoming.once('error', reject)
      incoming.once('end', () => {
        const text = Buffer.concat(parts).toString()
        const json = /\bjson\b/.test(incoming.headers['content-type'] ?? '')
        resolve({ status: incoming.statusCode, headers: incoming.headers, text, body: json ? JSON.parse(text) : undefined })
      })
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path} timed out`)))
    outgoing.once('error', reject)
    outgoing.end(content)
  })
}
