/**
 * keys.js: API keys: made, shown once, rotated, revoked.
 */
import { request } from '../account.js';
import { ask, copyRow, dialog } from '../account/ask.js';
import { choice, FieldError, onSubmit, textOf } from '../account/form.js';
import { dateAndTime } from '../history/words.js';
import { byId, make } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { act, boxes, listing, tags } from './part.js';

/** @typedef {{id: string, name: string, algorithm: string, scopes: string[] | string, created_at: string, expires_at: string | null, revoked_at?: string | null,
 *             used_at: string | null, configured?: boolean, secret?: string}} Key */

const SCOPES = Object.freeze([['roomCreate', 'make meetings'], ['roomList', 'see all meetings and calls'], ['roomAdmin', 'change and moderate meetings'],
	['roomJoin', 'send people into meetings'], ['roomRecord', 'record']]);
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
	make('button', { class: 'button primary', type: 'button', 'data-testid': 'key-kept', onclick: () => close('') }, secret ? 'I have kept it' : 'Done')]);

/** @param {string[] | string} scopes */
const scopeList = (scopes) => (Array.isArray(scopes) ? scopes : scopes.split(',').filter(Boolean));

/** @param {Key} key */
async function rotate(key) {
	const select = choice({ id: 'overlap' }, OVERLAPS, '86400');
	const wanted = await dialog(`A new secret for ${key.name || key.id}`, (close) => [
		make('p', {}, 'You get a new key with the same permissions. Bring it to your application while the one so far still works.'),
		make('div', { class: 'field' }, make('label', { for: 'overlap' }, 'How long the one so far works'), select),
		make('div', { class: 'dialog-actions' }, make('button', { class: 'button primary', type: 'button', 'data-testid': 'rotate-now', onclick: () => close('yes') }, 'Make a new one'),
			make('button', { class: 'button quiet', type: 'button', onclick: () => close('') }, 'Cancel'))]) === 'yes';
	if (!wanted) return;
	await list.attempt(async () => {
		const made = await request('POST', `/keys/${encodeURIComponent(key.id)}/rotate`, { body: { overlap_s: Number(select.value) } });
		await list.load();
		await showSecret(made);
	});
}

/** @param {Key} key */
async function revoke(key) {
	if (!await ask({ title: `Revoke ${key.name || key.id}?`, words: 'Its tokens open nothing any more, within seconds. This cannot be undone.', yes: 'Revoke it' })) return;
	await list.attempt(async () => {
		await request('DELETE', `/keys/${encodeURIComponent(key.id)}`);
		await list.load();
		say(`${key.name || key.id} is revoked`);
	});
}

/** @param {Key} key */
function item(key) {
	const { id, name, scopes, created_at, expires_at, revoked_at, used_at, configured } = key;
	const called = name || id, may = scopeList(scopes);
	const over = Boolean(revoked_at) || (expires_at !== null && expires_at !== undefined && Date.parse(expires_at) <= Date.now());
	const facts = [key.algorithm, may.length ? may.join(', ') : 'everything', created_at && `made ${dateAndTime(created_at)}`,
		expires_at && !revoked_at && `${over ? 'ended' : 'ends'} ${dateAndTime(expires_at)}`, used_at ? `used ${dateAndTime(used_at)}` : !configured && 'never used'];
	return make('li', { class: over ? 'row over' : 'row', 'data-id': id },
		make('div', { class: 'row-words' }, make('strong', {}, called), tags(configured && 'in the configuration', revoked_at && ['revoked', 'red'], !revoked_at && over && ['ended', 'red']),
			make('span', { class: 'sub mono' }, id), make('span', { class: 'sub' }, facts.filter(Boolean).join(' · '))),
		over || configured ? null : make('div', { class: 'row-acts' }, key.algorithm === 'HS256' ? act('Rotate', called, () => rotate(key)) : null,
			act('Revoke', called, () => revoke(key), { class: 'button quiet small bad' })));
}

function showPublicKey() {
	byId('key-public').hidden = algorithm.value === 'HS256';
}

byId('key-scopes').append(...boxes('scopes', SCOPES.map(([scope, words]) => [scope, `${words} (${scope})`])));
algorithm.addEventListener('change', showPublicKey);
onSubmit(form, async (data) => {
	const name = textOf(data, 'name'), pem = textOf(data, 'public_key'), own = algorithm.value !== 'HS256';
	if (!name) throw new FieldError('name', 'Say what the key is for.');
	if (own && !pem.includes('PUBLIC KEY')) throw new FieldError('public_key', 'Paste the public key: it begins with -----BEGIN PUBLIC KEY-----.');
	const made = await request('POST', '/keys', { body: { name, algorithm: algorithm.value, scopes: data.getAll('scopes').map(String), ...(own && { public_key: pem }) } });
	form.reset();
	showPublicKey();
	/** @type {HTMLDetailsElement} */ (byId('key-fold')).open = false;
	await list.load();
	await showSecret(made);
});

export const showKeys = () => list.load();
