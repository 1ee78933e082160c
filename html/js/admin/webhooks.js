/**
 * webhooks.js: who is told what happens, and what could not be delivered.
 */
import { request } from '../account.js';
import { ask } from '../account/ask.js';
import { FieldError, onSubmit, textOf } from '../account/form.js';
import { act, badAct, facts, row } from '../account/row.js';
import { count, dateAndTime } from '../history/words.js';
import { byId } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { boxes, listing } from './part.js';

/**
 * @typedef {{id: string, url: string, events: string[], meeting: string | null, key: string, enabled: boolean,
 *            created_at: string}} Webhook
 */

const EVENTS = Object.freeze([['room_started', 'a call began'], ['room_finished', 'a call ended'], ['participant_joined', 'somebody came'],
	['participant_left', 'somebody left'], ['track_published', 'a camera, microphone or screen began'], ['track_unpublished', 'it ended']]);

const list = listing(byId('webhooks'), {
	path: () => '/webhooks',
	take: ({ webhooks }) => /** @type {Webhook[]} */ (webhooks),
	show: (webhooks) => byId('webhook-list').replaceChildren(...webhooks.map(item)),
});

/** @param {Webhook} webhook */
const pathOf = ({ id }) => `/webhooks/${encodeURIComponent(id)}`;

/** @param {Webhook} webhook */
const toggle = (webhook) => list.attempt(async () => {
	await request('PATCH', pathOf(webhook), { body: { enabled: !webhook.enabled } });
	await list.load();
	say(webhook.enabled ? 'It is told nothing new' : 'It is told again', 'check');
});

/** @param {Webhook} webhook */
const retry = (webhook) => list.attempt(async () => {
	const { replayed } = await request('POST', `${pathOf(webhook)}/replay`, { body: {} });
	say(replayed ? `${count(replayed, 'delivery', 'deliveries')} sent again` : 'Nothing failed that could be sent again');
});

/** @param {Webhook} webhook */
async function remove(webhook) {
	const words = `What still waits for ${webhook.url} is deleted too.`;
	if (!await ask({ title: 'Delete this webhook?', words, yes: 'Delete it' })) return;
	await list.attempt(async () => {
		await request('DELETE', pathOf(webhook));
		await list.load();
		say('The webhook is deleted');
	});
}

/** @param {Webhook} webhook */
function item(webhook) {
	const { url, events, meeting, key, enabled, created_at } = webhook;
	return row({ title: url, over: !enabled, tags: [!enabled && ['paused', 'red']],
		lines: [facts(events.length ? events.join(', ') : 'everything', meeting && `only of ${meeting}`, key && `signed with ${key}`,
			`since ${dateAndTime(created_at)}`)],
		acts: [act(enabled ? 'Pause' : 'Go on', url, () => toggle(webhook)), act('Send what failed again', url, () => retry(webhook)),
			badAct('Delete', url, () => remove(webhook))] });
}

byId('webhook-events').append(...boxes('events', EVENTS.map(([event, words]) => [event, `${words} (${event})`])));
const form = /** @type {HTMLFormElement} */ (byId('webhook-form'));
onSubmit(form, async (data) => {
	const url = textOf(data, 'url'), meeting = textOf(data, 'meeting');
	if (!url) throw new FieldError('url', 'Type the address first.');
	await request('POST', '/webhooks', { body: { url, events: data.getAll('events').map(String), ...(meeting && { meeting }) } });
	form.reset();
	/** @type {HTMLDetailsElement} */ (byId('webhook-fold')).open = false;
	await list.load();
	say('The webhook is added', 'check');
}, { 'no-such-meeting': 'There is no meeting with this code.' });

export const showWebhooks = () => list.load();
