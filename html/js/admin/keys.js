/**
 * keys.js: API keys: made, shown once, rotated, revoked.
 */
import { request } from '../account.js';
import { ask, copyRow, dialog, push } from '../account/ask.js';
import { choice, FieldError, onSubmit, textOf } from '../account/form.js';
import { act, badAct, facts, row } from '../account/row.js';
import { dateAndTime } from '../history/words.js';
import { byId, make } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { boxes, listing } from './part.js';

/**
 * @typedef {{id: string, name: string, algorithm: string, scopes: string[], created_at: string, expires_at: string | null,
 *            revoked_at: string | null, used_at: string | null, secret?: string}} Key
 */

const SCOPES = Object.freeze([['roomCreate', 'make meetings'], ['roomList', 'see all meetings and calls'],
	['roomAdmin', 'change and moderate meetings'], ['roomJoin', 'send people into meetings'], ['roomRecord', 'record']]);
/** @type {[string, string][]} */
const OVERLAPS = [['86400', 'For a day'], ['3600', 'For an hour'], ['604800', 'For a week'], ['0', 'Not at all']];

const form = /** @type {HTMLFormElement} */ (byId('key-form'));
const algorithm = /** @type {HTMLSelectElement} */ (byId('key-algorithm'));

const list = listing(byId('keys'), {
	path: () => '/keys',
	take: ({ keys }) => /** @type {Key[]} */ (keys),
	show: (keys) => byId('key-list').replaceChildren(...keys.map(item)),
});

/** @param {Key} key */
const showSecret = ({ id, secret }) => dialog('The new key', (close) => [
	make('p', {}, secret ? 'This is the only time that the secret is shown. Keep it where your application reads it.' :
		'Your application names this id as the issuer of its tokens, and signs them with its private key.'),
	copyRow('Key', id, { 'data-testid': 'key-id' }), ...(secret ? [copyRow('Secret', secret, { 'data-testid': 'key-secret' })] : []),
	push(secret ? 'I have kept it' : 'Done', () => close(''), { 'data-testid': 'key-kept' })]);

/** @param {Key} key */
async function rotate(key) {
	const select = choice({ id: 'overlap' }, OVERLAPS, '86400');
	const wanted = await dialog(`A new secret for ${key.name || key.id}`, (close) => [
		make('p', {}, 'You get a new key with the same permissions. Bring it to your application while the one so far still works.'),
		make('div', { class: 'field' }, make('label', { for: 'overlap' }, 'How long the one so far works'), select),
		make('div', { class: 'dialog-actions' }, push('Make a new one', () => close('yes'), { 'data-testid': 'rotate-now' }),
			push('Cancel', () => close(''), { class: 'button quiet' }))]) === 'yes';
	if (!wanted) return;
	await list.attempt(async () => {
		const made = await request('POST', `/keys/${encodeURIComponent(key.id)}/rotate`, { body: { overlap_s: Number(select.value) } });
		await list.load();
		await showSecret(made);
	});
}

/** @param {Key} key */
async function revoke(key) {
	const words = 'Its tokens open nothing any more, within seconds. This cannot be undone.';
	if (!await ask({ title: `Revoke ${key.name || key.id}?`, words, yes: 'Revoke it' })) return;
	await list.attempt(async () => {
		await request('DELETE', `/keys/${encodeURIComponent(key.id)}`);
		await list.load();
		say(`${key.name || key.id} is revoked`);
	});
}

/** @param {Key} key */
function item(key) {
	const { id, name, algorithm: signs, scopes, created_at, expires_at, revoked_at, used_at } = key;
	const called = name || id, ended = expires_at !== null && Date.parse(expires_at) <= Date.now(), over = revoked_at !== null || ended;
	return row({ title: called, over, props: { 'data-id': id },
		tags: [revoked_at ? ['revoked', 'red'] : ended && ['ended', 'red']],
		lines: [make('span', { class: 'mono' }, id), facts(signs, scopes.length ? scopes.join(', ') : 'everything',
			`made ${dateAndTime(created_at)}`, expires_at && !revoked_at && `${over ? 'ended' : 'ends'} ${dateAndTime(expires_at)}`,
			used_at ? `used ${dateAndTime(used_at)}` : 'never used')],
		acts: over ? [] : [signs === 'HS256' ? act('Rotate', called, () => rotate(key)) : null,
			badAct('Revoke', called, () => revoke(key))] });
}

function showPublicKey() {
	byId('key-public').hidden = algorithm.value === 'HS256';
}

byId('key-scopes').append(...boxes('scopes', SCOPES.map(([scope, words]) => [scope, `${words} (${scope})`])));
algorithm.addEventListener('change', showPublicKey);
onSubmit(form, async (data) => {
	const name = textOf(data, 'name'), pem = textOf(data, 'public_key'), own = algorithm.value !== 'HS256';
	if (!name) throw new FieldError('name', 'Say what the key is for.');
	if (own && !pem.includes('PUBLIC KEY')) throw new FieldError('public_key', 'Paste the public key: -----BEGIN PUBLIC KEY----- and on.');
	const made = await request('POST', '/keys', { body: { name, algorithm: algorithm.value, scopes: data.getAll('scopes').map(String),
		...(own && { public_key: pem }) } });
	form.reset();
	showPublicKey();
	/** @type {HTMLDetailsElement} */ (byId('key-fold')).open = false;
	await list.load();
	await showSecret(made);
});

export const showKeys = () => list.load();
