// Tokens as applications mint them: HS256 with an API key's secret.
import { createHmac } from 'node:crypto'

const base64url = (text) => Buffer.from(text).toString('base64url')

/** A token of this key that grants `video` ({ roomList: true, ... }) for an hour. */
export function mint (key, secret, video, more = {}) {
  const now = Math.floor(Date.now() / 1000)
  const body = `${base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))}.${base64url(JSON.stringify({ iss: key, sub: 'tests', iat: now, exp: now + 3600, video, ...more }))}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}
