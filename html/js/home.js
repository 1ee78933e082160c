/**
 * home.js: the front page: start a meeting, or go to one. Where the server has accounts it leads to them, and who is signed in
 * owns what they start.
 */
import { accessToken, maybeSignedIn, waysIn } from './account.js';
import { createMeeting, CuriaError, parseCode, readMeeting } from './curia.js';
import { rememberHost, rememberOwned } from './ui/memory.js';
import { byId } from './ui/dom.js';

const start = /** @type {HTMLButtonElement} */ (byId('start'));
const form = /** @type {HTMLFormElement} */ (byId('join-form'));
const code = /** @type {HTMLInputElement} */ (byId('code'));
const problem = byId('home-error');

/** @param {string} words */
function complain(words) {
	problem.textContent = words;
	code.setAttribute('aria-invalid', 'false');
}

start.addEventListener('click', async () => {
	if (start.classList.contains('busy')) return;
	start.classList.add('busy');
	start.setAttribute('aria-busy', 'true');
	complain('');
	try {
		const token = await accessToken();
		const meeting = await createMeeting({}, { token: token ?? undefined });
		if (meeting.host_token) (token ? rememberOwned : rememberHost)(meeting.code, meeting.host_token);
		location.assign(`/m/${encodeURIComponent(meeting.code)}`);
	} catch (error) {
		const { code: slug, message, hint } = /** @type {import('./curia.js').CuriaError} */ (error);
		complain(slug === 'unauthorized' || slug === 'forbidden'
			? 'On this server only invited people can start meetings. You can still join one.' : `${message} ${hint}`);
	} finally {
		start.classList.remove('busy');
		start.removeAttribute('aria-busy');
	}
});

/** A code that leads nowhere is told here, not by the page behind it. @param {string} wanted */
async function go(wanted) {
	if (form.getAttribute('aria-busy') === 'true') return;
	form.setAttribute('aria-busy', 'true');
	try {
		const { state } = await readMeeting(wanted);
		if (state === 'ended') throw new CuriaError('meeting-ended');
		location.assign(`/m/${encodeURIComponent(wanted)}`);
	} catch (error) {
		const { code: slug, message, hint } = /** @type {CuriaError} */ (error);
		/* Who may not look may still hold an invitation. */
		if (['unauthorized', 'forbidden'].includes(slug)) location.assign(`/m/${encodeURIComponent(wanted)}`);
		else refuse(`${message} ${hint}`);
	} finally {
		form.removeAttribute('aria-busy');
	}
}

/** @param {string} words */
function refuse(words) {
	complain(words);
	code.setAttribute('aria-invalid', 'true');
	code.focus();
}

form.addEventListener('submit', (event) => {
	event.preventDefault();
	const wanted = parseCode(code.value);
	if (wanted) go(wanted);
	else refuse(code.value.trim() ? 'That does not look like a meeting code or link.' : 'Type a meeting code first.');
});

/** Says how to sign in, or where what is one's own is. Without accounts the page stays as it is. */
async function showAccount() {
	const { on } = await waysIn();
	const signedIn = on && maybeSignedIn() && await accessToken() !== null;
	byId('home-mine').hidden = !signedIn;
	byId('home-in').hidden = !on || signedIn;
}

code.addEventListener('input', () => complain(''));
/* Back from a meeting by the browser's button: the page may come out of the cache as it was left. */
window.addEventListener('pageshow', () => start.classList.remove('busy'));
/* That is no reason to complain: starting a meeting will say what is wrong. */
showAccount().catch(() => {});
