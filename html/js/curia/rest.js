/**
 * rest.js: the REST side of a meeting. Every function answers with the decoded body or throws a CuriaError.
 *
 * `server` is the origin of the Curia server ("https://meet.example.org"), or "" for the page's own.
 */
import { CuriaError, httpError } from './errors.js';

/** @typedef {import('./types.js').MeetingInfo} MeetingInfo */
/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */

const TIMEOUT_MS = 10000;

/**
 * @param {string} server
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown, token?: string | null, text?: string, headers?: Record<string, string>, keepalive?: boolean}} [options]
 *   `text`: the type of an answer that is no JSON; `keepalive`: even if the page is left meanwhile
 * @returns {Promise<any>}
 */
export async function call(server, method, path, { body, token, text: type, headers: more = {}, keepalive = false } = {}) {
	/** @type {Record<string, string>} */
	const headers = { Accept: type ?? 'application/json', ...more };
	if (body !== undefined) headers['Content-Type'] = 'application/json';
	if (token) headers.Authorization = `Bearer ${token}`;
	let response;
	try {
		response = await fetch(`${server}/api/v1${path}`, { method, headers, keepalive, cache: 'no-store',
			body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS) });
	} catch (cause) {
		const late = cause instanceof DOMException && cause.name === 'TimeoutError';
		throw new CuriaError(late ? 'timeout' : 'offline', String(cause), { cause });
	}
	const text = await response.text().catch(() => '');
	if (type && response.ok) return text;
	let answer = null;
	try {
		answer = text ? JSON.parse(text) : null;
	} catch {
		if (response.ok) throw new CuriaError('internal', 'the answer is not JSON', { status: response.status });
	}
	if (!response.ok) throw httpError(response.status, answer);
	return answer;
}

/** @param {string} code */
const path = (code) => `/meetings/${encodeURIComponent(code)}`;

/**
 * Makes a meeting. `host_token` of the answer is given only this once.
 * @param {{title?: string, max_participants?: number, video_codec?: string}} [settings]
 * @param {{server?: string, token?: string}} [options]
 * @returns {Promise<MeetingInfo>}
 */
export function createMeeting(settings = {}, { server = '', token } = {}) {
	return call(server, 'POST', '/meetings', { body: settings, token });
}

/**
 * @param {string} code
 * @param {{server?: string}} [options]
 * @returns {Promise<MeetingInfo>}
 */
export function readMeeting(code, { server = '' } = {}) {
	return call(server, 'GET', path(code));
}

/**
 * A token to join with, and where to go with it.
 * @param {string} code
 * @param {{name: string, identity?: string, role?: string, password?: string}} who
 * @param {{server?: string, token?: string | null}} [options] `token`: a host token, to join as host; or an account's
 * @returns {Promise<JoinAnswer>}
 */
export function joinMeeting(code, who, { server = '', token } = {}) {
	return call(server, 'POST', `${path(code)}/join`, { body: who, token });
}

/**
 * Ends the meeting for everybody.
 * @param {string} code
 * @param {string} token the host token
 * @param {{server?: string}} [options]
 */
export function endMeeting(code, token, { server = '' } = {}) {
	return call(server, 'POST', `${path(code)}/end`, { body: {}, token });
}

/**
 * A page of past calls, newest first: those that the token opens.
 * @param {string} token
 * @param {{search?: string, limit?: number, cursor?: string | null}} [query]
 * @param {{server?: string}} [options]
 * @returns {Promise<{calls: any[], next_cursor: string | null}>}
 */
export function listCalls(token, query = {}, { server = '' } = {}) {
	const given = Object.entries(query).filter(([, value]) => value).map(([name, value]) => [name, String(value)]);
	return call(server, 'GET', `/calls?${new URLSearchParams(given)}`, { token });
}

/** @param {string} id */
const callPath = (id) => `/calls/${encodeURIComponent(id)}`;

/**
 * A call, its totals and who could not get in.
 * @param {string} id @param {string} token @param {{server?: string}} [options]
 */
export const readCall = (id, token, { server = '' } = {}) => call(server, 'GET', callPath(id), { token });

/**
 * Who was in a call.
 * @param {string} id @param {string} token @param {{server?: string}} [options]
 */
export const readAttendance = (id, token, { server = '' } = {}) => call(server, 'GET', `${callPath(id)}/attendance`, { token });

/**
 * The same as a table for spreadsheets.
 * @param {string} id @param {string} token @param {{server?: string}} [options]
 * @returns {Promise<string>}
 */
export const readAttendanceCsv = (id, token, { server = '' } = {}) =>
	call(server, 'GET', `${callPath(id)}/attendance?format=csv`, { token, text: 'text/csv' });

/**
 * How connections did in a call.
 * @param {string} id @param {string} token
 * @param {{participation?: string, identity?: string, points?: number, limit?: number, cursor?: string | null}} [query]
 * @param {{server?: string}} [options]
 */
export function readQuality(id, token, query = {}, { server = '' } = {}) {
	const given = Object.entries(query).filter(([, value]) => value).map(([name, value]) => [name, String(value)]);
	return call(server, 'GET', `${callPath(id)}/quality?${new URLSearchParams(given)}`, { token });
}

/**
 * The code in what somebody typed or pasted: a bare code, or any link to a meeting. Null when there is none.
 * @param {string} text
 * @returns {string | null}
 */
export function parseCode(text) {
	const trimmed = text.trim();
	const link = /\/m\/([^/?#\s]+)/.exec(trimmed);
	const code = (link ? decodeURIComponent(link[1]) : trimmed).toLowerCase().replace(/\s+/g, '-');
	if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code) === false || code.length > 64) return null;
	const bare = code.replace(/-/g, '');
	return !link && bare.length === 12 ? `${bare.slice(0, 4)}-${bare.slice(4, 8)}-${bare.slice(8)}` : code;
}

/**
 * What a token says about itself; the server is who checks it.
 * @param {string} token
 * @returns {{sub?: string, name?: string, exp?: number, video?: Record<string, any>, attributes?: Record<string, string>}}
 */
export function readClaims(token) {
	try {
		const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
		const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		return {};
	}
}
