/**
 * members.js: accounts that have a role in a meeting from the start.
 */
import { request } from '../account.js';
import { byId, make, setText } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { choice, emailOf, onSubmit, textOf } from './form.js';
import { ROLES, wordsFor } from './words.js';

/** An owner there is one of, and that is who made the meeting. @type {[string, string][]} */
const GIVEN = ['moderator', 'host', 'participant', 'viewer'].map((role) => [role, ROLES[role]]);

/** @typedef {{account: string, email: string, name: string, role: string}} Member */

let path = '';

/** @param {Member} member */
function item({ account, email, name, role }) {
	const called = name || email;
	const problem = make('p', { class: 'problem', role: 'alert' });
	/** @param {Promise<any>} asked */
	const told = (asked) => asked.catch((error) => setText(problem, wordsFor(error)));
	const select = choice({ class: 'select small', 'aria-label': `Role of ${called}` }, GIVEN, role);
	select.addEventListener('change', () => told(request('PUT', `${path}/members/${encodeURIComponent(account)}`, { body: { role: select.value } })
		.then(() => say(`${called}: ${ROLES[select.value]}`, 'check'))));
	const remove = () => told(request('DELETE', `${path}/members/${encodeURIComponent(account)}`).then(() => {
		row.remove();
		say(`${called} has no role here any more`);
		byId('member-email').focus();
	}));
	const row = make('li', { class: 'row' },
		make('div', { class: 'row-words' }, make('strong', {}, called), name ? make('span', { class: 'sub' }, email) : null),
		make('div', { class: 'row-acts' }, select,
			make('button', { class: 'button quiet small', type: 'button', 'aria-label': `Remove: ${called}`, onclick: remove }, 'Remove')), problem);
	return row;
}

async function load() {
	const { members } = await request('GET', `${path}/members`);
	byId('member-list').replaceChildren(...members.filter((/** @type {Member} */ { role }) => role !== 'owner').map(item));
}

byId('member-role').append(...choice({}, GIVEN, '').children);
const form = /** @type {HTMLFormElement} */ (byId('member-form'));
onSubmit(form, async (data) => {
	await request('POST', `${path}/members`, { body: { email: emailOf(data), role: textOf(data, 'role') } });
	form.reset();
	await load();
}, { '404': 'Nobody on this server has an account with this e-mail address.' });

/** @param {string} meeting its path @param {() => boolean} current */
export async function showMembers(meeting, current) {
	path = meeting;
	byId('members').hidden = true;
	try {
		await load();
		byId('members').hidden = !current();
	} catch (error) {
		if (![403, 404].includes(/** @type {any} */ (error).status)) throw error;
	}
}
