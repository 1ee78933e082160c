/**
 * meeting.js: one meeting's settings, people with a role in it, and those who were removed.
 */
import { request } from '../account.js';
import { byId, make, setText } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { ask, copyAndSay } from './ask.js';
import { busily, FieldError, onSubmit } from './form.js';
import { showMembers } from './members.js';
import { changed, controls } from './settings.js';
import { wordsFor } from './words.js';
import { showRemovals } from './removals.js';

/** @type {any} */
let meeting = null;

/** @param {string} code */
const pathOf = (code) => `/meetings/${encodeURIComponent(code)}`;
const valuesOf = (/** @type {any} */ { title, settings }) => ({ ...settings, title });

function render() {
	const { title, code, settings } = meeting;
	setText(byId('one-title'), title || code);
	setText(byId('one-code'), code);
	document.title = `${title || code} - Curia`;
	byId('one-open').setAttribute('href', `/m/${encodeURIComponent(code)}`);
	byId('settings').replaceChildren(...controls(valuesOf({ title, settings }), forgetPassword));
}

/** @param {Record<string, any>} body @param {string} words */
async function change(body, words) {
	meeting = await request('PATCH', pathOf(meeting.code), { body });
	render();
	say(words, 'check');
}

async function forgetPassword() {
	const problem = /** @type {HTMLElement} */ (form.querySelector('.problem'));
	await change({ password: '' }, 'The password is gone').catch((error) => setText(problem, wordsFor(error)));
}

const form = /** @type {HTMLFormElement} */ (byId('settings-form'));
onSubmit(form, async (data) => {
	const changes = changed(data, valuesOf(meeting));
	const most = changes.max_participants;
	if (most !== undefined && !(Number.isInteger(most) && most >= 1 && most <= 1000))
		throw new FieldError('max_participants', 'There can be 1 to 1000 people in a meeting.');
	if (Object.keys(changes).length === 0) say('Nothing has changed');
	else await change(changes, 'Saved');
}, { 'meeting-ended': 'This meeting has ended.' });

byId('one-copy').addEventListener('click', () => copyAndSay(meeting.url, 'Link copied'));

byId('end').addEventListener('click', async () => {
	const { code, title } = meeting;
	const words = `Everybody leaves “${title || code}”, and its link opens nothing any more.`;
	if (!await ask({ title: 'End this meeting?', words, yes: 'End it for good' })) return;
	await busily(byId('end'), async () => {
		await request('POST', `${pathOf(code)}/end`, { body: {} });
		location.assign('/meetings');
	}, byId('end-problem'));
});

/**
 * Shows a meeting's settings.
 * @param {string} code
 * @param {() => boolean} current whether they are still wanted
 */
export async function showMeeting(code, current) {
	const found = await request('GET', pathOf(code));
	if (!current()) return;
	meeting = found;
	const open = meeting.state === 'open';
	render();
	byId('one-view').hidden = false;
	for (const id of ['settings-form', 'one-open', 'one-copy', 'ending']) byId(id).hidden = !open;
	if (!open) setText(byId('page-problem'), 'This meeting has ended.');
	byId('one-title').focus();
	await Promise.all([showMembers(pathOf(code), current), showRemovals(pathOf(code), current)]);
}
