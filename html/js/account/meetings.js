/**
 * meetings.js: the page at /meetings: those of the account, and with ?m=<code> the settings of one.
 */
import { request } from '../account.js';
import { dateAndTime } from '../history/words.js';
import { byId, make, setText } from '../ui/dom.js';
import { rememberOwned } from '../ui/memory.js';
import { say } from '../ui/say.js';
import { copyAndSay } from './ask.js';
import { busily, onSubmit, textOf } from './form.js';
import { showMeeting } from './meeting.js';
import { enter, setState } from './page.js';
import { act, facts, row } from './row.js';
import { ROLES, wordsFor } from './words.js';

const PAGE = 25;
/** @type {string | null} */
let cursor = null;
let turn = 0;

/**
 * @typedef {{code: string, title: string, state: string, created_at: string, url: string, role: string,
 *            settings: Record<string, any>}} Meeting
 */

/** What is worth knowing about a meeting before one opens it. @param {Meeting} meeting */
const tags = ({ settings, state }) => [state === 'ended' && 'ended', settings.locked && 'locked',
	settings.waiting_room !== 'off' && 'waiting room', settings.password && 'password', settings.guests === false && 'no guests'];

/** @param {string} words @param {string} of @param {string} href @param {Record<string, any>} [props] */
const link = (words, of, href, props = {}) =>
	make('a', { class: 'button quiet small', href, 'aria-label': `${words}: ${of}`, ...props }, words);

/** @param {Meeting} meeting */
function item(meeting) {
	const { code, title, created_at, role, url } = meeting;
	const name = title || code, open = meeting.state === 'open', mine = role === 'owner' || role === 'host';
	return row({ title: name, tags: tags(meeting), over: !open, props: { 'data-code': code },
		lines: [facts(title && code, ROLES[role], dateAndTime(created_at))],
		acts: open ? [link('Open', name, `/m/${encodeURIComponent(code)}`, { class: 'button primary small' }),
			act('Copy the link', name, () => copyAndSay(url, 'Link copied')),
			mine ? link('Settings', name, `/meetings?m=${encodeURIComponent(code)}`, { onclick: follow }) : null] : [] });
}

/* ---- the list ---- */

async function addPage() {
	const mine = turn;
	const answer = await request('GET', `/me/meetings?${new URLSearchParams({ limit: String(PAGE), ...(cursor && { cursor }) })}`);
	if (mine !== turn) return;
	cursor = answer.next_cursor;
	byId('meetings').append(...answer.meetings.map(item));
	byId('more').hidden = cursor === null;
	byId('empty').hidden = byId('meetings').children.length > 0;
}

async function showList() {
	document.title = 'My meetings - Curia';
	cursor = null;
	byId('meetings').replaceChildren();
	await addPage();
}

const form = /** @type {HTMLFormElement} */ (byId('new-form'));
onSubmit(form, async (data) => {
	const title = textOf(data, 'title');
	const made = await request('POST', '/meetings', { body: { title, ...(data.has('waiting') && { waiting_room: 'everybody' }) } });
	if (made.host_token) rememberOwned(made.code, made.host_token);
	form.reset();
	const first = item({ ...made, role: 'owner' });
	byId('meetings').prepend(first);
	byId('empty').hidden = true;
	say(`${made.title || made.code} is ready`, 'check');
	/** @type {HTMLElement} */ (first.querySelector('a')).focus();
}, { forbidden: 'On this server only some people may make meetings.' });

byId('more').addEventListener('click', () => busily(byId('more'), addPage, byId('page-problem')));

/* ---- what the address says ---- */

/** @param {MouseEvent} event */
function follow(event) {
	if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
	event.preventDefault();
	history.pushState(null, '', /** @type {HTMLAnchorElement} */ (event.currentTarget).href);
	route();
}

async function route() {
	const code = new URLSearchParams(location.search).get('m');
	const mine = ++turn;
	setState('loading');
	setText(byId('page-problem'), '');
	byId('list-view').hidden = code !== null;
	byId('one-view').hidden = true;
	try {
		if (code === null) await showList();
		else await showMeeting(code, () => mine === turn);
		if (mine === turn) setState(code === null ? 'list' : 'one');
	} catch (error) {
		if (mine !== turn) return;
		setText(byId('page-problem'), wordsFor(error, { 'forbidden': 'You may not change this meeting.' }));
		setState('error');
	}
}

byId('back').addEventListener('click', follow);
window.addEventListener('popstate', route);
if (await enter()) route();
