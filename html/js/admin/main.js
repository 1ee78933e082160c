/**
 * main.js: the page at /admin. Which part is shown is in the address behind the #.
 */
import { byId } from '../ui/dom.js';
import { enter, setState } from '../account/page.js';
import { showAccounts } from './accounts.js';
import { showAudit } from './audit.js';
import { showKeys } from './keys.js';
import { showWebhooks } from './webhooks.js';

/** @typedef {import('../account.js').Account} Account */

/** @type {Record<string, (me: Account) => Promise<void>>} */
const PARTS = { accounts: showAccounts, keys: showKeys, webhooks: showWebhooks, audit: showAudit };

/** @param {Account} me */
async function route(me) {
	const asked = location.hash.slice(1), part = Object.hasOwn(PARTS, asked) ? asked : 'accounts';
	setState('loading');
	for (const id of Object.keys(PARTS)) byId(id).hidden = id !== part;
	for (const link of byId('tabs').children) {
		if (link.getAttribute('href') === `#${part}`) link.setAttribute('aria-current', 'true');
		else link.removeAttribute('aria-current');
	}
	await PARTS[part](me);
	setState(part);
}

const me = await enter({ admin: true });
if (me) {
	byId('tabs').hidden = false;
	window.addEventListener('hashchange', () => route(me));
	route(me);
}
