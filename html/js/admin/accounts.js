/**
 * accounts.js: who has an account here: roles, switching off, links for a forgotten password.
 */
import { request } from '../account.js';
import { ask, copyRow, dialog, push } from '../account/ask.js';
import { choice, emailOf, onSubmit, textOf } from '../account/form.js';
import { act, badAct, facts, row } from '../account/row.js';
import { siteOf } from '../account/words.js';
import { dateAndTime } from '../history/words.js';
import { byId, later, make } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { listing } from './part.js';

/** @typedef {import('../account.js').Account & {signed_in_at: string | null, has_password: boolean}} Known */

let me = '';
const PAGE = '50';
/** @type {[string, string][]} */
const ROLES = [['user', 'User'], ['admin', 'Administrator']];
const query = /** @type {HTMLInputElement} */ (byId('accounts-q'));
const rows = byId('account-list');

const list = listing(byId('accounts'), {
	path: () => `/accounts?${new URLSearchParams({ limit: PAGE, ...(query.value.trim() && { q: query.value.trim() }) })}`,
	take: ({ accounts }) => /** @type {Known[]} */ (accounts),
	show: (accounts, first) => {
		if (first) rows.replaceChildren();
		rows.append(...accounts.map(item));
	},
});

/** @param {Known} account */
const callOf = ({ name, email }) => name || email;
/** @param {Known} account */
const pathOf = ({ id }) => `/accounts/${encodeURIComponent(id)}`;

/** @param {Known} account @param {Record<string, string>} body @param {string} words */
const change = (account, body, words) => list.attempt(async () => {
	const changed = await request('PATCH', pathOf(account), { body });
	rowOf(account)?.replaceWith(item({ ...account, ...changed }));
	say(words, 'check');
	/** @type {HTMLElement | null | undefined} */ (rowOf(account)?.querySelector('select'))?.focus();
});

/** @param {Known} account */
const rowOf = ({ id }) => [...rows.children].find((row) => /** @type {HTMLElement} */ (row).dataset.id === id);

/** @param {string} title @param {Known} account @param {{url: string, expires_at: string}} link */
function showLink(title, account, { url, expires_at }) {
	return dialog(title, (close) => [make('p', {}, `Give it to ${callOf(account)} and to nobody else: who opens it chooses this account's
		password. It works once, until ${dateAndTime(expires_at)}.`), copyRow('Link', url, { 'data-testid': 'reset-url' }),
	push('Done', () => close(''))]);
}

/** @param {Known} account */
const reset = (account) => list.attempt(async () =>
	showLink('A link for a new password', account, await request('POST', `${pathOf(account)}/reset`, { body: {} })));

const form = /** @type {HTMLFormElement} */ (byId('invite-form'));
onSubmit(form, async (data) => {
	const name = textOf(data, 'name');
	const who = { email: emailOf(data), role: textOf(data, 'role'), ...(name && { name }) };
	const made = await request('POST', '/accounts/invite', { body: who });
	form.reset();
	/** @type {HTMLDetailsElement} */ (byId('invite-fold')).open = false;
	query.value = '';
	await list.load();
	await showLink('A link for the new account', made.account, made);
}, { 'account-exists': 'There is an account with this e-mail address already.' });

/** @param {Known} account */
async function remove(account) {
	const words = 'It is signed out everywhere and cannot sign in again. This cannot be undone.';
	if (!await ask({ title: `Delete the account of ${callOf(account)}?`, words, yes: 'Delete it' })) return;
	await list.attempt(async () => {
		await request('DELETE', pathOf(account));
		rowOf(account)?.remove();
		say(`The account of ${callOf(account)} is deleted`);
	});
}

/** @param {Known} account */
async function toggle(account) {
	const off = account.state !== 'disabled', called = callOf(account);
	const words = 'It is signed out everywhere, within seconds. You can switch it on again.';
	if (off && !await ask({ title: `Switch off the account of ${called}?`, words, yes: 'Switch it off' })) return;
	await change(account, { state: off ? 'disabled' : 'active' }, `${called} ${off ? 'cannot sign in any more' : 'can sign in again'}`);
}

/** @param {Known} account */
function item(account) {
	const { id, name, email, role, state, created_at, signed_in_at, providers, has_password } = account;
	const called = callOf(account), mine = id === me, off = state === 'disabled';
	const select = choice({ class: 'select small', 'aria-label': `Role of ${called}`, disabled: mine }, ROLES, role);
	select.addEventListener('change', () => change(account, { role: select.value }, `${called}: ${select.selectedOptions[0].text}`));
	return row({ title: called, over: off, props: { 'data-id': id },
		tags: [mine && ['you', 'gold'], off && ['switched off', 'red'], ...providers.map((provider) => `by ${siteOf(provider)}`),
			!has_password && !providers.length && 'invited'],
		lines: [facts(name && email, signed_in_at ? `signed in ${dateAndTime(signed_in_at)}` : `since ${dateAndTime(created_at)}`)],
		acts: [select, act('Reset link', called, () => reset(account)), ...(mine ? [] : [
			act(off ? 'Switch on' : 'Switch off', called, () => toggle(account)), badAct('Delete', called, () => remove(account))])] });
}

query.addEventListener('input', later(() => list.load(), 300));
byId('accounts-search').addEventListener('submit', (event) => {
	event.preventDefault();
	list.load();
});

/** @param {import('../account.js').Account} account */
export async function showAccounts(account) {
	me = account.id;
	await list.load();
}
