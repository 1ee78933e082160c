/**
 * members.js: accounts that have a role in a meeting from the start.
 */
import { request } from '../account.js';
import { byId } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { choice, emailOf, onSubmit, textOf } from './form.js';
import { act, attempt, row } from './row.js';
import { ROLES } from './words.js';

/** An owner there is one of, and that is who made the meeting. @type {[string, string][]} */
const GIVEN = ['moderator', 'host', 'participant', 'viewer'].map((role) => [role, ROLES[role]]);

/** @typedef {{account: string, email: string, name: string, role: string}} Member */

let path = '';

/** @param {Member} member */
function item({ account, email, name, role }) {
	const called = name || email, mine = `${path}/members/${encodeURIComponent(account)}`;
	const select = choice({ class: 'select small', 'aria-label': `Role of ${called}` }, GIVEN, role);
	const remove = () => attempt(line, async () => {
		await request('DELETE', mine);
		line.remove();
		say(`${called} has no role here any more`);
		byId('member-email').focus();
	});
	select.addEventListener('change', () => attempt(line, async () => {
		await request('PUT', mine, { body: { role: select.value } });
		say(`${called}: ${ROLES[select.value]}`, 'check');
	}));
	const line = row({ title: called, lines: name ? [email] : [], acts: [select, act('Remove', called, remove)] });
	return line;
}

async function load() {
	const { members } = await request('GET', `${path}/members`);
	byId('member-list').replaceChildren(...members.filter((/** @type {Member} */ { role }) => role !== 'owner').map(item));
}

const given = /** @type {HTMLSelectElement} */ (byId('member-role'));
given.append(...choice({}, GIVEN, '').children);
given.selectedIndex = 0;
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
