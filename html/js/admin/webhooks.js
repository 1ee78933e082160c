/**
 * webhooks.js: who is told what happens, and what could not be delivered.
 */
import { request } from '../account.js';
import { ask } from '../account/ask.js';
import { FieldError, onSubmit, textOf } from '../account/form.js';
import { count, dateAndTime } from '../history/words.js';
import { byId, make } from '../ui/dom.js';
import { say } from '../ui/say.js';
import { act, boxes, listing, tags } from './part.js';

/** @typedef {{id: string, url: string, events: string[], meeting: string | null, key: string, enabled: boolean, created_at: string}} Webhook */

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
	if (!await ask({ title: 'Delete this webhook?', words: `What still waits for ${webhook.url} is deleted too.`, yes: 'Delete it' })) return;
	await list.attempt(async () => {
		await request('DELETE', pathOf(webhook));
		await list.load();
		say('The webhook is deleted');
	});
}

/** @param {Webhook} webhook */
function item(webhook) {
	const { url, events, meeting, key, enabled, created_at } = webhook;
	const facts = [events.length ? events.join(', ') : 'everything', meeting && `only of ${meeting}`, key && `signed with ${key}`, `since ${dateAndTime(created_at)}`];
	return make('li', { class: enabled ? 'row' : 'row over' },
		make('div', { class: 'row-words' }, make('strong', {}, url), tags(!enabled && ['paused', 'red']), make('span', { class: 'sub' }, facts.filter(Boolean).join(' · '))),
		make('div', { class: 'row-acts' }, act(enabled ? 'Pause' : 'Go on', url, () => toggle(webhook)), act('Send what failed again', url, () => retry(webhook)),
			act('Delete', url, () => remove(webhook), { class: 'button quiet small bad' })));
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
