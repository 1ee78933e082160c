/**
 * errors.js: the one table of what can go wrong, with words a person can act on.
 *
 * `code` is the slug the server uses in its problem documents, or one of the client's own below. Pages show
 * `message` (one sentence) and `hint` (what to do); programs look at `code`.
 */

/** Wire codes of the room plugin and the slug each stands for. */
const WIRE = Object.freeze({
	421: 'no-message', 422: 'invalid-json', 423: 'invalid-request', 424: 'join-first', 425: 'already-joined',
	426: 'no-such-meeting', 427: 'meeting-exists', 428: 'no-such-source', 429: 'missing-field', 430: 'invalid-field',
	431: 'invalid-sdp-type', 432: 'meeting-full', 433: 'unauthorized', 434: 'already-published', 435: 'not-published',
	436: 'identity-exists', 437: 'invalid-sdp', 438: 'forbidden', 439: 'meeting-ended', 440: 'too-many-requests',
	441: 'too-large', 442: 'not-found', 443: 'method-not-allowed', 444: 'unsupported-media-type', 445: 'timeout',
	446: 'overloaded', 447: 'unavailable', 449: 'wrong-node', 450: 'meeting-locked', 451: 'removed', 452: 'guests-not-allowed',
	453: 'password-needed', 499: 'internal',
});

/** code -> [what happened, what to do about it]. */
const WORDS = Object.freeze({
	'no-such-meeting': ['There is no meeting with this code.', 'Check the link, or ask the host for a new one.'],
	'meeting-ended': ['This meeting has ended.', 'You can start a new one at any time.'],
	'ended': ['The meeting has ended for everyone.', 'You can start a new one at any time.'],
	'kicked': ['You were removed from the meeting.', 'Whoever runs it decided so.'],
	'replaced': ['You joined from another window.', 'This seat has moved there. Join again to bring it back.'],
	'meeting-full': ['This meeting is full.', 'Wait until somebody leaves, then try again.'],
	'unauthorized': ['This meeting asks for an invitation.', 'Open the personal link you were given.'],
	'forbidden': ['You are not allowed to do that here.', 'Ask the host of the meeting.'],
	'too-many-requests': ['The server asks you to slow down.', 'Wait a few seconds and try again.'],
	'overloaded': ['The server is very busy.', 'Wait a moment and try again.'],
	'unavailable': ['The server is starting or being serviced.', 'Wait a moment and try again.'],
	'offline': ['The server cannot be reached.', 'Check your network connection, then try again.'],
	'timeout': ['The server did not answer in time.', 'Check your network connection, then try again.'],
	'wrong-node': ['The meeting is on another server.', 'Join again.'],
	'meeting-locked': ['This meeting is locked.', 'Ask somebody who is in it to unlock it.'],
	'removed': ['You were removed from this meeting.', 'Only its host can let you come back.'],
	'denied': ['You were not let in.', 'Whoever runs the meeting decided so.'],
	'guests-not-allowed': ['This meeting is not open to guests.', 'Sign in, or open the personal link you were given.'],
	'password-needed': ['This meeting has a password.', 'Ask whoever invited you.'],
	'session-ended': ['You are signed out.', 'Sign in again.'],
	'session-lost': ['The connection to the meeting was lost.', 'Join again.'],
	'media-failed': ['Sound and picture could not be connected.',
		'A firewall may be in the way. Try another network, or ask your administrator.'],
	'insecure-context': ['The browser allows camera and microphone on secure pages only.',
		'Open this page with https:// to be seen and heard.'],
	'unsupported-browser': ['This browser cannot hold video meetings.',
		'Use a current version of Firefox, Chrome, Edge or Safari.'],
	'permission-denied': ['The browser was not allowed to use it.',
		'Allow it with the icon beside the address, then try again.'],
	'camera-denied': ['Camera access is blocked.', 'Allow it with the icon beside the address, then try again.'],
	'microphone-denied': ['Microphone access is blocked.',
		'Allow it with the icon beside the address, then try again.'],
	'no-camera': ['No camera was found.', 'Connect one and try again.'],
	'no-microphone': ['No microphone was found.', 'Connect one and try again.'],
	'camera-busy': ['The camera does not start.', 'Another program may be using it. Close that, then try again.'],
	'microphone-busy': ['The microphone does not start.',
		'Another program may be using it. Close that, then try again.'],
	'devices-denied': ['Camera and microphone are blocked.',
		'Allow them with the icon beside the address, then try again.'],
	'no-devices': ['No camera and no microphone were found.', 'Connect them and try again.'],
	'devices-busy': ['Camera and microphone do not start.',
		'Another program may be using them. Close that, then try again.'],
	'share-denied': ['Nothing was shared.', 'The browser or the system did not allow it.'],
	'share-unsupported': ['This browser cannot share a screen.', 'Most phones cannot; use a computer.'],
	'invalid-field': ['Something in the form is not right.', 'Check what you typed.'],
	'internal': ['Something went wrong inside the server.', 'Try again; tell your administrator if it stays.'],
});

/** Anything the library reports as failed. */
export class CuriaError extends Error {
	/**
	 * @param {string} code slug, see above
	 * @param {string} [detail] what exactly happened, for the log; the person-facing words come from the code
	 * @param {{status?: number, wire?: number, field?: string, url?: string, cause?: unknown}} [more] url: where it works
	 */
	constructor(code, detail, more = {}) {
		const words = WORDS[/** @type {keyof typeof WORDS} */ (code)];
		super(words ? words[0] : detail || 'Something went wrong.', more.cause === undefined ? {} : { cause: more.cause });
		this.name = 'CuriaError';
		this.code = code;
		this.hint = words ? words[1] : '';
		this.detail = detail ?? '';
		this.status = more.status ?? 0;
		this.wire = more.wire ?? 0;
		this.field = more.field ?? null;
		this.url = more.url ?? null;
	}
}

/**
 * The error of a plugin's `{"room":"error"}` answer.
 * @param {{error_code?: number, error?: string, field?: string, url?: string}} data
 */
export function roomError(data) {
	const wire = data.error_code ?? 0;
	const code = WIRE[/** @type {keyof typeof WIRE} */ (wire)] ?? 'internal';
	return new CuriaError(code, data.error, { wire, field: data.field, url: data.url });
}

/**
 * The error of an HTTP answer: an RFC 9457 problem document, or whatever a proxy sent instead.
 * @param {number} status
 * @param {any} problem
 */
export function httpError(status, problem) {
	const slug = typeof problem?.type === 'string' ? problem.type.split('#')[1] : '';
	const fallback = { 401: 'unauthorized', 403: 'forbidden', 404: 'no-such-meeting', 410: 'meeting-ended',
		429: 'too-many-requests', 502: 'unavailable', 503: 'unavailable', 504: 'timeout' };
	const code = slug || fallback[/** @type {keyof typeof fallback} */ (status)] || 'internal';
	return new CuriaError(code, problem?.detail ?? problem?.title ?? `HTTP ${status}`, { status, field: problem?.field });
}

/** Codes that trying again cannot cure. */
const FINAL = new Set(['no-such-meeting', 'meeting-ended', 'ended', 'replaced', 'kicked', 'meeting-full', 'forbidden',
	'invalid-field', 'missing-field', 'unsupported-browser', 'meeting-locked', 'removed', 'denied', 'guests-not-allowed',
	'password-needed', 'left']);

/** @param {unknown} error */
export function isFinal(error) {
	return error instanceof CuriaError && FINAL.has(error.code);
}
