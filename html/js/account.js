/**
 * account.js: who is signed in. Plain ES module, for our pages and for pages of your own on the same server.
 *
 *     import { accessToken, request, signIn, whoAmI } from '/js/account.js';
 *
 *     const me = await whoAmI();                          // an account, or null: nobody is signed in
 *     const mine = await request('GET', '/me/meetings');  // as that account
 *
 * How it works: signing in gives an access token of ten minutes, which stays in this page's memory, and a refresh cookie
 * that no script can read. A page that has no access token, or one about to end, asks for the next with the cookie. Each
 * cookie is good for one such request, and one used twice ends the session: so the tabs of a browser ask one after the
 * other (navigator.locks), and a request under way outlives its page (keepalive).
 * An answer 401 to a token that should still be good means that the session may have ended: the token is renewed, and the
 * request made again, once.
 *
 * `changes` tells of signing in and out, in other tabs too: event 'changed', detail {account: id or null,
 * elsewhere: whether it happened in another tab}.
 * Every function throws a CuriaError; its code is 'session-ended' when one must sign in first.
 */
import { CuriaError } from './curia/errors.js';
import { call } from './curia/rest.js';
import { forgetOwned } from './ui/memory.js';

/**
 * @typedef {{id: string, email: string, email_verified: boolean, name: string, role: 'admin' | 'user', state?: string, avatar: string,
 *            language: string, preferences: Record<string, any>, created_at: string, providers: string[]}} Account
 * @typedef {{access_token: string, expires_in: number, account: Account}} Session
 */

/** A token this close to its end is not sent any more. */
const EARLY_MS = 20000;
const LOCK = 'curia.account';
/** Only says whether asking for a session is worth a request; which session it is the cookie knows. */
const HINT = 'curia.account';
/** Since when a page renews. One that was left meanwhile cannot say that it is done, but its answer still brings the next cookie. */
const RENEWING = 'curia.account.renewing';
const LEFT_MS = 1500;
/** What no other site's page can send without being asked first. */
const OURS = { 'X-Curia': '1' };

export const changes = new EventTarget();

/** @type {{token: string, ends_ms: number, account: Account} | null} */
let session = null;
/** @type {Promise<void> | null} */
let renewal = null;

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('curia.account');
/* In Node, where tests are, a listening channel keeps the process from ending. */
/** @type {any} */ (tabs)?.unref?.();

/** @param {string | null} account @param {boolean} [elsewhere] */
const tell = (account, elsewhere = false) => changes.dispatchEvent(new CustomEvent('changed', { detail: { account, elsewhere } }));

tabs?.addEventListener('message', ({ data }) => {
	if (data?.account !== session?.account.id) session = null;
	tell(data?.account ?? null, true);
});

/* ---- what the tabs of a browser know of each other ---- */

/** @param {string} key @param {string | null} value null: forgets it */
function note(key, value) {
	try {
		if (value) localStorage.setItem(key, value);
		else localStorage.removeItem(key);
	} catch { /* then every page asks */ }
}

/** @param {boolean} signedIn */
const hint = (signedIn) => note(HINT, signedIn ? '1' : null);

/** How long to wait for the answer that a page left behind. */
function left_ms() {
	try {
		const since_ms = Date.now() - Number(localStorage.getItem(RENEWING) ?? 0);
		return since_ms >= 0 && since_ms < LEFT_MS ? LEFT_MS - since_ms : 0;
	} catch {
		return 0;
	}
}

/** Whether somebody may be signed in here: true also when nobody knows. */
export function maybeSignedIn() {
	try {
		return session !== null || localStorage.getItem(HINT) !== null;
	} catch {
		return true;
	}
}

/** For pages that leave to sign in elsewhere: who comes back is asked for. */
export const expectSession = () => hint(true);

/* ---- the session ---- */

/** @param {Session} answer @param {boolean} [news] whether other tabs do not know yet */
function begin(answer, news = true) {
	session = { token: answer.access_token, ends_ms: Date.now() + answer.expires_in * 1000, account: answer.account };
	hint(true);
	if (!news) return answer.account;
	tabs?.postMessage({ account: answer.account.id });
	tell(answer.account.id);
	return answer.account;
}

function end() {
	const known = session !== null || maybeSignedIn();
	session = null;
	hint(false);
	forgetOwned();
	if (!known) return;
	tabs?.postMessage({ account: null });
	tell(null);
}

/** Runs when no other tab does the like. @param {() => Promise<void>} run @returns {Promise<void>} */
const alone = (run) => (globalThis.navigator?.locks ? navigator.locks.request(LOCK, run) : run());

async function renew() {
	const wait_ms = left_ms();
	if (wait_ms > 0) await new Promise((resolve) => setTimeout(resolve, wait_ms));
	note(RENEWING, String(Date.now()));
	try {
		begin(await call('', 'POST', '/sessions/refresh', { headers: OURS, keepalive: true }), false);
	} catch (error) {
		/* 404: this server has no accounts. */
		if (![401, 404].includes(/** @type {CuriaError} */ (error).status)) throw error;
		end();
	} finally {
		note(RENEWING, null);
	}
}

const isGood = () => session !== null && session.ends_ms - EARLY_MS > Date.now();

/** After it there is a session that is good, or none. */
async function settle() {
	if (isGood()) return;
	renewal ??= alone(renew).finally(() => { renewal = null; });
	await renewal;
}

/**
 * A token to send as `Authorization: Bearer ...`, or null when nobody is signed in. Costs nothing where nobody was.
 * @returns {Promise<string | null>}
 */
export async function accessToken() {
	if (maybeSignedIn()) await settle();
	return session?.token ?? null;
}

/** Who is signed in; asks the server even where nobody seems to be. @returns {Promise<Account | null>} */
export async function whoAmI() {
	await settle();
	return session?.account ?? null;
}

/* ---- requests ---- */

/** Whether the token was refused, not what was asked. @param {CuriaError} error */
const isStale = ({ status, code }) => status === 401 && (code === 'unauthorized' || code === 'session-ended');

/** @param {string} method @param {string} path @param {{body?: unknown}} options */
async function send(method, path, options) {
	await settle();
	if (!session) throw new CuriaError('session-ended');
	const { token } = session;
	return call('', method, path, { ...options, headers: OURS, token }).catch((error) => {
		/* Another request may have renewed it meanwhile. */
		if (isStale(error) && session?.token === token) session = null;
		throw error;
	});
}

/**
 * A request as who is signed in.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{body?: unknown}} [options]
 * @returns {Promise<any>} the decoded answer
 */
export function request(method, path, options = {}) {
	return send(method, path, options).catch((error) => {
		if (!isStale(error)) throw error;
		return send(method, path, options);
	});
}

/* ---- in and out ---- */

/** @typedef {{name: string, title: string, url: string}} Provider */

/**
 * How one can sign in here. `on` is false on a server without accounts.
 * @returns {Promise<{on: boolean, signUp: boolean, providers: Provider[]}>}
 */
export async function waysIn() {
	try {
		const answer = await call('', 'GET', '/providers');
		return { on: answer.accounts !== false, signUp: answer.sign_up === true, providers: answer.providers ?? [] };
	} catch (error) {
		if (/** @type {CuriaError} */ (error).status === 404) return { on: false, signUp: false, providers: [] };
		throw error;
	}
}

/** @param {string} path @param {unknown} body @returns {Promise<Account>} */
const enter = async (path, body) => begin(await call('', 'POST', path, { body, headers: OURS, keepalive: true }));

/** @param {string} email @param {string} password */
export const signIn = (email, password) => enter('/sessions', { email, password });

/** @param {{email: string, password: string, name: string}} who */
export const signUp = (who) => enter('/accounts', who);

/**
 * What a link that works once is for: to make the first administrator, or to choose the password of the account with this address.
 * @param {string} secret
 * @returns {Promise<{purpose: 'first-admin' | 'reset', email: string}>}
 */
export const lookAtLink = (secret) => call('', 'POST', '/one-time/look', { body: { secret }, headers: OURS });

/**
 * Uses it up. The first administrator's needs name and address too.
 * @param {{secret: string, password: string, name?: string, email?: string}} what
 */
export const useLink = (what) => enter('/one-time', what);

/** Ends this session; who cannot reach the server is told, and still signed in. */
export async function signOut() {
	await request('DELETE', '/sessions/current').catch(ifSignedIn);
	end();
}

/** Ends every session of the account, on every device, this one too. */
export async function signOutEverywhere() {
	await request('DELETE', '/sessions').catch(ifSignedIn);
	end();
}

/** @param {CuriaError} error */
function ifSignedIn(error) {
	if (error.code !== 'session-ended' && error.status !== 401) throw error;
}

/**
 * Changes the own name, language, avatar or preferences.
 * @param {Partial<Pick<Account, 'name' | 'language' | 'avatar' | 'preferences'>>} what
 * @returns {Promise<Account>}
 */
export async function changeProfile(what) {
	const account = await request('PATCH', '/me', { body: what });
	if (session) session.account = account;
	return account;
}
