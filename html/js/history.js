/**
 * history.js: the page of past meetings. What it shows is in the address behind the #: nothing, or a call and its meeting's code.
 * Tokens are never there.
 */
import { listCalls } from './curia.js';
import { access, giveToken, givenToken, isToken, takeFromAddress, tokenFor } from './history/access.js';
import { showCall, wordsFor } from './history/call-view.js';
import { feed } from './history/feed.js';
import { count, dateAndTime, duration } from './history/words.js';
import { byId, later, make, setText } from './ui/dom.js';

const PAGE = 25;
const search = /** @type {HTMLInputElement} */ (byId('search'));
const tokenInput = /** @type {HTMLInputElement} */ (byId('token'));
const list = byId('calls');

/** @type {ReturnType<typeof feed> | null} */
let calls = null;
let turn = 0;

/* ---- the list ---- */

/** @param {import('./history/feed.js').Call} call */
function item(call) {
	const title = make('strong', {}, call.title || call.code);
	if (!call.ended_at) title.append(' ', make('span', { class: 'badge live' }, 'now'));
	return make('li', {}, make('a', { class: 'call', href: `#${new URLSearchParams({ call: call.id, code: call.code })}` }, title,
		make('span', { class: 'facts' }, make('span', {}, count(call.people, 'person', 'people')), make('span', {}, duration(call.duration_ms)),
			call.join_failures ? make('span', { class: 'badge' }, `${call.join_failures} could not get in`) : null),
		make('span', { class: 'sub' }, `${dateAndTime(call.started_at)}${call.title ? `, ${call.code}` : ''}`)));
}

const nothing = () => (search.value.trim() ? 'No past meeting has this in its title or code.'
	: givenToken() ? 'There are no past meetings yet.' : 'No meeting that was started in this browser has taken place yet.');

/** @param {number} mine */
async function addPage(mine) {
	const found = await /** @type {NonNullable<typeof calls>} */ (calls).next(PAGE);
	if (mine !== turn) return;
	list.append(...found.map(item));
	byId('more').hidden = calls?.ended !== false;
	byId('empty').hidden = list.children.length > 0;
	byId('search-form').hidden = list.children.length === 0 && search.value.trim() === '';
	setText(byId('empty'), nothing());
	setText(byId('status'), list.children.length ? `${count(list.children.length, 'meeting')} shown` : nothing());
}

/** A token that has ended meanwhile, or another server's, only has no calls. @param {import('./history/access.js').Access} of */
const source = ({ token }) => (/** @type {string | null} */ cursor) =>
	listCalls(token, { search: search.value.trim(), limit: PAGE, cursor }).catch((error) => {
		if (!givenToken() && ['unauthorized', 'forbidden', 'no-such-meeting'].includes(error.code)) return { calls: [], next_cursor: null };
		throw error;
	});

async function load() {
	const mine = ++turn;
	const given = givenToken();
	byId('access').hidden = !given;
	setText(byId('access-words'), 'With the access token of this tab.');
	calls = feed(access().map(source));
	setText(byId('list-problem'), '');
	list.replaceChildren();
	try {
		await addPage(mine);
	} catch (error) {
		const { code } = /** @type {any} */ (error);
		if (mine !== turn) return;
		if (given && (code === 'unauthorized' || code === 'forbidden')) refuseToken();
		else setText(byId('list-problem'), wordsFor(/** @type {any} */ (error)));
	}
}

function refuseToken() {
	giveToken(null);
	/** @type {HTMLDetailsElement} */ (byId('token-box')).open = true;
	tokenInput.setAttribute('aria-invalid', 'true');
	setText(byId('token-problem'), 'This token has ended, or opens no past meetings.');
	tokenInput.focus();
	load();
}

/* ---- what the address says ---- */

async function route() {
	takeFromAddress();
	const asked = new URLSearchParams(location.hash.slice(1));
	const id = asked.get('call');
	byId('list-view').hidden = id !== null;
	byId('call-view').hidden = id === null;
	document.documentElement.dataset.state = 'loading';
	if (id !== null) {
		window.scrollTo(0, 0);
		byId('call-title').focus();
		await showCall(id, asked.get('code') ?? '', tokenFor(asked.get('code') ?? ''));
		document.documentElement.dataset.state = 'call';
		return;
	}
	document.title = 'Past meetings - Curia';
	await load();
	document.documentElement.dataset.state = 'list';
}

byId('search-form').addEventListener('submit', (event) => {
	event.preventDefault();
	load();
});
search.addEventListener('input', later(load, 300));
byId('more').addEventListener('click', () => addPage(turn).catch((error) => setText(byId('list-problem'), wordsFor(error))));
byId('token-form').addEventListener('submit', (event) => {
	event.preventDefault();
	const token = tokenInput.value.trim();
	tokenInput.value = '';
	const problem = !token ? 'Paste a token first.' : isToken(token) ? '' : 'This is no access token: those are three parts with dots between them, eyJ...';
	setText(byId('token-problem'), problem);
	tokenInput.setAttribute('aria-invalid', String(problem !== ''));
	if (problem) return;
	giveToken(token);
	load();
});
byId('forget').addEventListener('click', () => {
	giveToken(null);
	search.value = '';
	load();
	byId('main').focus();
});
window.addEventListener('hashchange', route);
route();
