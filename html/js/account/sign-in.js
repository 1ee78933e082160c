/**
 * sign-in.js: the page at /sign-in: in, a new account (#new), or a link that works once (#once=...). ?next=/path says where to
 * go afterwards.
 */
import { expectSession, lookAtLink, maybeSignedIn, signIn, signUp, useLink, waysIn, whoAmI } from '../account.js';
import { prefer, preferences } from '../ui/memory.js';
import { byId, make, setText } from '../ui/dom.js';
import { emailOf, FieldError, newPasswordOf, onSubmit, textOf } from './form.js';
import { setState } from './page.js';
import { nextPath, wordsFor } from './words.js';

const query = new URLSearchParams(location.search);
const next = nextPath(query.get('next'), location.origin);
const form = (/** @type {string} */ id) => /** @type {HTMLFormElement} */ (byId(id));

/** Both for an unknown address and a wrong password: which of them it is nobody learns here. */
const TAKEN = 'There is an account with this e-mail address already.';
const WRONG = 'E-mail address and password do not match.';
const WORDS = { 'unauthorized': WRONG, 'wrong-credentials': WRONG, 'forbidden': 'This is not possible on this server.',
	'too-many-requests': 'Too many tries. Wait a minute, then try again.',
	'account-exists': TAKEN, '409': TAKEN };
const TOO_LATE = 'This link has been used already, or is too old. Ask for a new one.';
const LINK_WORDS = { ...WORDS, 'not-found': TOO_LATE, 'session-ended': 'This account is switched off.' };
/** What a sign-in elsewhere came back with. */
const CAME_BACK = Object.freeze({ denied: 'You did not agree to sign in there.', expired: 'That took too long. Try again.',
	disabled: 'This account is switched off.', unverified: 'Your e-mail address is not verified there, so it cannot be used here.',
	unavailable: 'That sign-in cannot be reached now. Try again in a while.',
	other: 'Signing in there did not work. Try again, or ask your administrator.' });

/** The link's secret: it leaves the address at once. */
let secret = takeSecret();
/** @type {Awaited<ReturnType<typeof waysIn>>} */
let ways = { on: true, signUp: false, providers: [] };

function takeSecret() {
	const given = new URLSearchParams(location.hash.slice(1)).get('once');
	if (given) history.replaceState(null, '', location.pathname + location.search);
	return given;
}

/** @param {import('../account.js').Account} account */
function goOn(account) {
	const { camera, microphone } = account.preferences ?? {};
	prefer({ ...(typeof camera === 'boolean' && { camera }), ...(typeof microphone === 'boolean' && { microphone }),
		...(!preferences().name && account.name && { name: account.name }) });
	setState('done');
	location.replace(next);
}

/* ---- what is shown ---- */

/** @param {'in' | 'up' | 'once'} which */
function show(which) {
	for (const id of ['in', 'up', 'once']) byId(id).hidden = id !== which;
	const title = byId(`${which}-title`).textContent ?? '';
	document.title = `${title} - Curia`;
	setState(which);
	/** @type {HTMLElement | null} */ (byId(which).querySelector('form input'))?.focus();
}

/** What the link asks for: an account, or only its password. @param {string} once */
async function showLink(once) {
	const { purpose, email } = await lookAtLink(once);
	const first = purpose === 'first-admin';
	byId('once-new').hidden = !first;
	setText(byId('once-title'), first ? 'The first administrator' : 'Choose a password');
	setText(byId('once-words'), first ? 'This link works once: it makes the account that runs this server.' :
		`For ${email}. This link works once; afterwards you sign in with that address and this password.`);
	setText(byId('once-send'), first ? 'Make the account' : 'Set the password and sign in');
	/** @type {HTMLInputElement} */ (byId('once-email')).value = email;
}

const route = () => show(secret ? 'once' : location.hash === '#new' && ways.signUp ? 'up' : 'in');

function showWays() {
	byId('to-up').hidden = !ways.signUp;
	byId('providers').replaceChildren(...ways.providers.flatMap(({ title, url }) => {
		const to = new URL(url, location.origin);
		to.searchParams.set('next', next);
		/* An address of this server; where it leads from there the server decides. */
		if (to.origin !== location.origin) return [];
		return make('a', { class: 'button wide', href: to.href, onclick: expectSession }, `Sign in with ${title}`);
	}), ...(ways.providers.length ? [make('div', { class: 'or', 'aria-hidden': 'true' }, 'or with a password')] : []));
}

async function start() {
	const failed = query.get('error');
	try {
		if (!secret && maybeSignedIn() && !failed) {
			const account = await whoAmI();
			if (account) return goOn(account);
		}
		ways = await waysIn();
		if (secret) await showLink(secret);
	} catch (error) {
		if (/** @type {any} */ (error).code === 'not-found') secret = null;
		setText(byId('page-problem'), wordsFor(error, LINK_WORDS));
	}
	if (!ways.on) {
		setText(byId('page-problem'), 'This server has no accounts. You can start and join meetings without one.');
		return setState('off');
	}
	if (failed) setText(byId('page-problem'), CAME_BACK[/** @type {keyof typeof CAME_BACK} */ (failed)] ?? CAME_BACK.other);
	if (query.has('next')) {
		byId('in-words').hidden = false;
		setText(byId('in-words'), 'Sign in to go on.');
	}
	showWays();
	route();
}

/* ---- what is sent ---- */

/** @param {FormData} data */
function passwordOf(data) {
	const password = String(data.get('password') ?? '');
	if (!password) throw new FieldError('password', 'Type your password first.');
	return password;
}

/** @param {FormData} data */
function nameOf(data) {
	const name = textOf(data, 'name');
	if (!name) throw new FieldError('name', 'Say who you are first.');
	return name;
}

onSubmit(form('in-form'), async (data) => goOn(await signIn(emailOf(data), passwordOf(data))), WORDS);

onSubmit(form('up-form'), async (data) => {
	goOn(await signUp({ name: nameOf(data), email: emailOf(data), password: newPasswordOf(data) }));
}, WORDS);

onSubmit(form('once-form'), async (data) => {
	const account = await useLink({ secret: secret ?? '', ...(byId('once-new').hidden ? {} : { name: nameOf(data), email: emailOf(data) }),
		password: newPasswordOf(data) });
	secret = null;
	goOn(account);
}, LINK_WORDS);

window.addEventListener('hashchange', () => {
	const once = takeSecret();
	if (once === null) return route();
	secret = once;
	start();
});
start();
