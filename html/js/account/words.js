/**
 * words.js: what pages of accounts call things. Pure.
 */

/** @type {Record<string, string>} */
export const ROLES = Object.freeze({ owner: 'Owner', host: 'Host', moderator: 'Moderator', participant: 'Participant', viewer: 'Viewer' });

/** Codes and fields whose words in errors.js are about meetings. */
const WORDS = Object.freeze({
	'unauthorized': 'You are signed out. Sign in again.',
	'forbidden': 'You are not allowed to do this.',
	'not-found': 'This does not exist any more.',
	'too-many-requests': 'That was too often. Wait a while, then try again.',
	'unavailable': 'The server is not ready. Wait a moment and try again.',
});

/** @param {string} text */
const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}` : '');

/**
 * An error in words for people. What the server says of a field it names is said as it is.
 * @param {any} error
 * @param {Record<string, string>} [own] what the page at hand says of an error's code, field or status
 */
export function wordsFor(error, own = {}) {
	const { code = 'internal', field, status, detail, message, hint } = error;
	const found = own[code] ?? own[field] ?? own[String(status)] ?? WORDS[/** @type {keyof typeof WORDS} */ (code)];
	if (found) return found;
	if (field && detail) return sentence(detail);
	return [message, hint].filter(Boolean).join(' ');
}

/**
 * Where to go after signing in: only to a path of this server, whatever the address says.
 * @param {string | null} wanted
 * @param {string} origin
 * @param {string} [usual]
 */
export function nextPath(wanted, origin, usual = '/meetings') {
	if (!wanted?.startsWith('/') || /^\/[/\\]/.test(wanted)) return usual;
	try {
		const url = new URL(wanted, origin);
		return url.origin === origin && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : usual;
	} catch {
		return usual;
	}
}

/** The site of a provider: what people know it by. @param {string} issuer its URL */
export function siteOf(issuer) {
	try {
		return new URL(issuer).host;
	} catch {
		return issuer;
	}
}

/**
 * What a browser calls itself, for the list of sessions: "Firefox on Linux".
 * @param {string} agent
 */
export function deviceName(agent) {
	/** @param {[RegExp, string][]} rows */
	const first = (rows) => rows.find(([pattern]) => pattern.test(agent))?.[1];
	const browser = first([[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'],
		[/Safari\//, 'Safari']]);
	const system = first([[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'],
		[/CrOS/, 'ChromeOS'], [/Linux/, 'Linux']]);
	if (!browser && !system) return agent ? agent.slice(0, 60) : 'Unknown device';
	return [browser ?? 'A browser', system && `on ${system}`].filter(Boolean).join(' ');
}
