/**
 * memory.js: what the pages remember. Per person: name and devices. Per meeting: the host's token. Per tab: the secret
 * that makes a reload take the same seat. A browser that forbids storage just forgets.
 */

/** @param {() => Storage} storage @param {string} key @returns {string | null} */
function read(storage, key) {
	try {
		return storage().getItem(key);
	} catch {
		return null;
	}
}

/** @param {() => Storage} storage @param {string} key @param {string} value */
function write(storage, key, value) {
	try {
		storage().setItem(key, value);
	} catch { /* then not */ }
}

const local = () => localStorage;
const session = () => sessionStorage;

/**
 * @typedef {{name: string, camera: boolean, microphone: boolean, cameraId: string, microphoneId: string,
 *            speakerId: string}} Preferences
 */

/** @returns {Preferences} */
export function preferences() {
	const blank = { name: '', camera: true, microphone: true, cameraId: '', microphoneId: '', speakerId: '' };
	try {
		return { ...blank, ...JSON.parse(read(local, 'curia.preferences') ?? '{}') };
	} catch {
		return blank;
	}
}

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
	write(local, 'curia.preferences', JSON.stringify({ ...preferences(), ...changes }));
}

/** @param {string} code @param {string} token */
export const rememberHost = (code, token) => write(local, `curia.host.${code}`, token);
/** @param {string} code */
export const hostToken = (code) => read(local, `curia.host.${code}`);

/* Of an account's meetings they only open what was: in a meeting the account itself counts. They go when it signs out. */
const OWNED = 'curia.owned.';
/** @param {string} code @param {string} token */
export const rememberOwned = (code, token) => write(local, OWNED + code, token);

export function forgetOwned() {
	try {
		for (const key of Object.keys(local()).filter((name) => name.startsWith(OWNED))) local().removeItem(key);
	} catch { /* then there are none */ }
}

/** Those of all meetings that were started in this browser. @returns {{code: string, token: string}[]} */
export function hostTokens() {
	try {
		return ['curia.host.', OWNED].flatMap((prefix) => Object.keys(local()).filter((key) => key.startsWith(prefix))
			.map((key) => ({ code: key.slice(prefix.length), token: read(local, key) ?? '' })));
	} catch {
		return [];
	}
}

const randomSecret = () =>
	[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Whether this tab may use the secret: a duplicated tab has a copy of it while the first still lives.
 * @param {string} secret
 * @returns {Promise<boolean>}
 */
function claim(secret) {
	if (!navigator.locks) return Promise.resolve(true);
	return new Promise((resolve) => {
		navigator.locks.request(`curia.seat.${secret}`, { ifAvailable: true }, (lock) => {
			resolve(lock !== null);
			return lock === null ? undefined : new Promise(() => {});
		}).catch(() => resolve(true));
	});
}

/**
 * The secret of this tab's seat in a meeting.
 * @param {string} code
 * @returns {Promise<string>}
 */
export async function seatSecret(code) {
	const key = `curia.seat.${code}`;
	const kept = read(session, key);
	/* After a reload the old page may hold its lock for a moment longer. */
	for (let attempt = 0; kept && attempt < 4; attempt++) {
		if (await claim(kept)) return kept;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	const secret = randomSecret();
	write(session, key, secret);
	await claim(secret);
	return secret;
}
