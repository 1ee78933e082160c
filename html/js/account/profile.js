/**
 * profile.js: the page at /account: name, password, and where one is signed in.
 */
import { changeProfile, request, signOutEverywhere } from '../account.js';
import { dateAndTime } from '../history/words.js';
import { byId, setText } from '../ui/dom.js';
import { prefer } from '../ui/memory.js';
import { say } from '../ui/say.js';
import { ask } from './ask.js';
import { busily, FieldError, newPasswordOf, onSubmit, textOf } from './form.js';
import { enter, setState } from './page.js';
import { act, attempt, facts, row } from './row.js';
import { deviceName, siteOf, wordsFor } from './words.js';

const WRONG = 'That is not your password so far.';
const form = (/** @type {string} */ id) => /** @type {HTMLFormElement} */ (byId(id));
const box = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form('profile-form').elements.namedItem(name));

/** @type {Record<string, any>} all preferences: what is sent replaces them */
let kept = {};

/** @param {import('../account.js').Account} account */
function showProfile({ email, name, preferences, providers }) {
	setText(byId('email'), email);
	setText(byId('providers'), providers.length ? `, or by ${providers.map(siteOf).join(', ')}` : '');
	kept = preferences ?? {};
	box('name').value = name;
	box('microphone').checked = preferences?.microphone !== false;
	box('camera').checked = preferences?.camera !== false;
	/** @type {HTMLInputElement} */ (byId('username')).value = email;
	setText(byId('bar-account'), name || email);
}

onSubmit(form('profile-form'), async (data) => {
	const name = textOf(data, 'name'), devices = { microphone: data.has('microphone'), camera: data.has('camera') };
	if (!name) throw new FieldError('name', 'Say who you are.');
	const account = await changeProfile({ name, preferences: { ...kept, ...devices } });
	prefer({ name, ...devices });
	showProfile(account);
	say('Saved', 'check');
});

onSubmit(form('password-form'), async (data) => {
	const old = String(data.get('old') ?? '');
	if (!old) throw new FieldError('old', 'Type the password so far first.');
	await request('POST', '/me/password', { body: { old, new: newPasswordOf(data, 'new') } });
	form('password-form').reset();
	say('Your password is changed', 'check');
	await showSessions();
}, { 'unauthorized': WRONG, 'wrong-credentials': WRONG, 'forbidden': WRONG });

/* ---- sessions ---- */

/** @typedef {{id: string, current: boolean, agent: string, address: string, used_at: string, created_at: string}} Session */

/** @param {Session} session */
function item({ id, current, agent, address, used_at, created_at }) {
	const device = deviceName(agent);
	const end = () => attempt(line, async () => {
		await request('DELETE', `/sessions/${encodeURIComponent(id)}`);
		line.remove();
		say(`Signed out: ${device}`, 'check');
	});
	const line = row({ title: device, tags: [current && ['this one', 'gold']],
		lines: [facts(address, `last used ${dateAndTime(used_at)}`, `since ${dateAndTime(created_at)}`)],
		acts: current ? [] : [act('Sign out', device, end)] });
	return line;
}

async function showSessions() {
	const { sessions } = await request('GET', '/sessions');
	byId('sessions').replaceChildren(...sessions.map(item));
}

byId('everywhere').addEventListener('click', async () => {
	const words = 'On every device where you are signed in, this one too. Meetings that are open there go on until they are left.';
	if (!await ask({ title: 'Sign out everywhere?', words, yes: 'Sign out everywhere' })) return;
	await busily(byId('everywhere'), async () => {
		await signOutEverywhere();
		location.assign('/sign-in');
	}, byId('everywhere-problem'));
});

const me = await enter();
if (me) {
	showProfile(me);
	byId('content').hidden = false;
	await showSessions().catch((error) => setText(byId('everywhere-problem'), wordsFor(error)));
	setState('account');
}
