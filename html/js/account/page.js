/**
 * page.js: what the pages behind the sign-in begin with: who is there, the bar on top, and nobody else's eyes.
 */
import { changes, signOut, whoAmI } from '../account.js';
import { byId, setText } from '../ui/dom.js';
import { wordsFor } from './words.js';

/** @param {string} state what <html data-state> tells to style sheets and tests */
export const setState = (state) => { document.documentElement.dataset.state = state; };

function toSignIn() {
	location.replace(`/sign-in?${new URLSearchParams({ next: location.pathname + location.search + location.hash })}`);
}

/** @param {import('../account.js').Account} account */
function fillBar(account) {
	byId('bar').hidden = false;
	byId('bar-admin').hidden = account.role !== 'admin';
	setText(byId('bar-account'), account.name || account.email);
	byId('bar-out').addEventListener('click', () => signOut().then(() => location.assign('/'))
		.catch((error) => setText(byId('page-problem'), wordsFor(error))));
}

/**
 * The account whose page it is; whoever is nobody goes to sign in and comes back.
 * @returns {Promise<import('../account.js').Account | null>} null: the page goes away, or has said why it is empty
 */
export async function enter({ admin = false } = {}) {
	let account;
	try {
		account = await whoAmI();
	} catch (error) {
		setText(byId('page-problem'), wordsFor(error));
		setState('error');
		return null;
	}
	if (!account) {
		toSignIn();
		return null;
	}
	fillBar(account);
	/* Another tab signed out, or in as somebody else: what is on this page is not for these eyes. */
	const { id } = account;
	changes.addEventListener('changed', (event) => {
		const { account: now, elsewhere } = /** @type {CustomEvent} */ (event).detail;
		if (elsewhere && now !== id) location.reload();
	});
	if (!admin || account.role === 'admin') return account;
	setText(byId('page-problem'), 'This page is for administrators.');
	setState('refused');
	return null;
}
