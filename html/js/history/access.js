/**
 * access.js: with which tokens the page asks. One that was typed in or came behind the # is kept for this tab only, and never
 * stays in the address; without one, the host tokens of the meetings that were started in this browser.
 */
import { readClaims } from '../curia.js';
import { hostTokens } from '../ui/memory.js';

const KEY = 'curia.history.token';
/** More meetings than this are not asked about: each is a request. */
const MOST = 24;

/** @typedef {{token: string, code: string | null}} Access `code`: the only meeting it is for, or null */

/** Whether a token has not ended yet. @param {string} token @param {number} now_s */
export const isFresh = (token, now_s) => (readClaims(token).exp ?? Infinity) > now_s;

/** Whether a text has a token's shape: what it is good for the server says. @param {string} text */
export const isToken = (text) => text.split('.').length === 3 && Object.keys(readClaims(text) ?? {}).length > 0;

/**
 * The tokens of the newest meetings.
 * @param {{code: string, token: string}[]} kept
 * @param {number} now_s
 * @returns {Access[]}
 */
export function newest(kept, now_s) {
	const made = (/** @type {{token: string}} */ { token }) => /** @type {any} */ (readClaims(token)).nbf ?? 0;
	return kept.filter(({ token }) => isFresh(token, now_s)).sort((a, b) => made(b) - made(a)).slice(0, MOST);
}

/** @returns {string | null} */
export function givenToken() {
	try {
		return sessionStorage.getItem(KEY);
	} catch {
		return null;
	}
}

/** @param {string | null} token */
export function giveToken(token) {
	try {
		if (token) sessionStorage.setItem(KEY, token);
		else sessionStorage.removeItem(KEY);
	} catch { /* then it is asked for again */ }
}

/** Takes a token out of the address (#token=...). */
export function takeFromAddress() {
	const token = new URLSearchParams(location.hash.slice(1)).get('token');
	if (!token) return;
	giveToken(token);
	window.history.replaceState(null, '', location.pathname);
}

/** @returns {Access[]} */
export function access() {
	const given = givenToken();
	return given ? [{ token: given, code: readClaims(given).video?.room ?? null }] : newest(hostTokens(), Date.now() / 1000);
}

/** The token that opens a meeting's calls. @param {string} code @returns {string | null} */
export const tokenFor = (code) => access().find((a) => a.code === null || a.code === code)?.token ?? null;
