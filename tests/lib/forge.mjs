// Tokens that must not open anything, as somebody would forge them: JWTs put together by hand, so that nothing in a library is in
// the way. docs/security.md names the attacks.
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'

const base64url = (data) => Buffer.from(data).toString('base64url')
const json64 = (value) => base64url(typeof value === 'string' ? value : JSON.stringify(value))

export const hmac = (secret, digest = 'sha256') => (text) => createHmac(digest, secret).update(text).digest('base64url')
export const signed_by = (key, digest = 'sha256') => (text) =>
  createSign(digest).update(text).sign({ key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

/** header and payload may be text, which goes in as it is. */
export function jwt (header, payload, sign) {
  const text = `${json64(header)}.${json64(payload)}`
  return `${text}.${sign(text)}`
}

/** Keys of an attacker and of applications that sign with keys of their own. */
export function key_pairs () {
  const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }
  return { rsa: generateKeyPairSync('rsa', { modulusLength: 2048, ...pem }), ec: generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem }),
    stranger: generateKeyPairSync('rsa', { modulusLength: 2048, ...pem }) }
}

const swap_last = (token) => {
  const at = token.length - 10, letter = token[at] === 'A' ? 'B' : 'A'
  return token.slice(0, at) + letter + token.slice(at + 1)
}

/**
 * [name, token, { elsewhere: true when it is good for another meeting, though not for this one }]. `good` is a valid token, `claims`
 * its payload; the server knows `key` (HS256, secret), "rsa" (RS256) and "ec" (ES256).
 */
export function forgeries ({ key, secret, pairs, good, claims, other_code }) {
  const hs = { alg: 'HS256', typ: 'JWT' }, sign = hmac(secret)
  const now = Math.floor(Date.now() / 1000)
  const [head, body, signature] = good.split('.')
  const mine = (more, header = hs) => jwt(header, { ...claims, ...more }, sign)
  const without = (name) => { const { [name]: _, ...rest } = claims; return jwt(hs, rest, sign) }
  const admin = { ...claims, video: { ...claims.video, roomAdmin: true } }
  const stranger = signed_by(pairs.stranger.privateKey)
  const jwk = { kty: 'oct', k: base64url('attacker') }
  return [
    ['alg none', `${json64({ alg: 'none', typ: 'JWT' })}.${body}.`],
    ['alg none with the old signature', `${json64({ alg: 'none' })}.${body}.${signature}`],
    ['alg NONE', `${json64({ alg: 'NONE' })}.${json64(admin)}.`],
    ['no alg', jwt({ typ: 'JWT' }, claims, sign)],
    ['empty alg', jwt({ alg: '' }, claims, sign)],
    ['HS384 with the secret', jwt({ alg: 'HS384' }, claims, hmac(secret, 'sha384'))],
    ['HS512 with the secret', jwt({ alg: 'HS512' }, claims, hmac(secret, 'sha512'))],
    ['RS256 of a stranger in the name of an HS256 key', jwt({ alg: 'RS256' }, claims, stranger)],
    ['HS256 with the public key of an RS256 key', jwt(hs, { ...claims, iss: 'rsa' }, hmac(pairs.rsa.publicKey))],
    ['HS256 with the public key, trimmed', jwt(hs, { ...claims, iss: 'rsa' }, hmac(pairs.rsa.publicKey.trim()))],
    ['HS256 with the public key of an ES256 key', jwt(hs, { ...claims, iss: 'ec' }, hmac(pairs.ec.publicKey))],
    ['ES256 in the name of an RS256 key', jwt({ alg: 'ES256' }, { ...claims, iss: 'rsa' }, signed_by(pairs.ec.privateKey))],
    ['ES256 of zeros', jwt({ alg: 'ES256' }, { ...claims, iss: 'ec' }, () => base64url(Buffer.alloc(64)))],
    ['RS256 of a stranger', jwt({ alg: 'RS256' }, { ...claims, iss: 'rsa' }, stranger)],
    ['another secret', jwt(hs, claims, hmac(`${secret}x`))],
    ['an empty secret', jwt(hs, claims, hmac(''))],
    ['the key id for a secret', jwt(hs, claims, hmac(key))],
    ['an unknown key', mine({ iss: 'nobody' })],
    ['no key', without('iss')],
    ['expired', mine({ exp: now - 120, nbf: now - 600 })],
    ['of the future', mine({ nbf: now + 3600, exp: now + 7200 })],
    ['without an end', without('exp')],
    ['an end in words', mine({ exp: String(now + 3600) })],
    ['an end that is no number', jwt(hs, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999'), sign)],
    ['another meeting', mine({ video: { ...claims.video, room: other_code } }), { elsewhere: true }],
    ['no roomJoin', mine({ video: { ...claims.video, roomJoin: false } })],
    ['roomJoin as text', mine({ video: { ...claims.video, roomJoin: 'true' } })],
    ['more grants, old signature', `${head}.${json64(admin)}.${signature}`],
    ['another person, old signature', `${head}.${json64({ ...claims, sub: 'host' })}.${signature}`],
    ['another header, old signature', `${json64({ alg: 'HS256', typ: 'JWT', kid: 'x' })}.${body}.${signature}`],
    ['a letter of the signature', swap_last(good)],
    ['half a signature', good.slice(0, -20)],
    ['no signature', `${head}.${body}.`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.${signature}`],
    ['the signature twice', `${good}${signature}`],
    ['crit', mine({}, { ...hs, crit: ['exp'], exp: 1 })],
    ['b64 false', mine({}, { ...hs, crit: ['b64'], b64: false })],
    ['jku', jwt({ alg: 'RS256', jku: 'https://attacker.example/jwks.json', kid: 'x' }, claims, stranger)],
    ['jwk of an attacker', jwt({ alg: 'HS256', jwk }, claims, hmac('attacker'))],
    ['x5c of an attacker', jwt({ alg: 'RS256', x5c: [base64url(pairs.stranger.publicKey)] }, claims, stranger)],
    ['kid of a file', jwt({ ...hs, kid: '../../../../dev/null' }, claims, hmac(''))],
    ['kid of SQL', jwt({ ...hs, kid: "x' UNION SELECT 'secret" }, claims, hmac('secret'))],
    ['kid of another key', mine({}, { ...hs, kid: 'rsa' })],
    ['a claim twice', jwt(hs, JSON.stringify(claims).replace('"sub":', '"sub":"host","sub":'), sign)],
    ['the key twice', jwt(hs, JSON.stringify(claims).replace('"iss":', '"iss":"nobody","iss":'), sign)],
    ['alg twice', jwt('{"alg":"none","alg":"HS256"}', claims, sign)],
    ['an array', jwt(hs, '[]', sign)],
    ['no JSON', jwt(hs, 'claims', sign)],
    ['an access token of an account', jwt({ alg: 'HS256', typ: 'at+jwt' }, { iss: 'curia', sub: 'AC_1', sid: 'SE_1', role: 'admin',
      iat: now, exp: now + 600 }, sign)],
    ['padding', `${good}=`],
    ['a space', `${head}. ${body}.${signature}`],
    ['larger than allowed', mine({ metadata: 'x'.repeat(9000) })],
    ['nothing', '..'],
  ]
}
