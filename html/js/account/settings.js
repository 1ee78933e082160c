/**
 * settings.js: the settings of a meeting: which there are, what they say, and what was changed. Pure, but for `controls`.
 */
import { make } from '../ui/dom.js';
import { choice } from './form.js';

/** @type {[string, string][]} */
const WHO = [['everybody', 'Everybody'], ['moderators', 'Moderators and hosts'], ['hosts', 'Only hosts'], ['nobody', 'Nobody']];
/** @type {[string, string][]} */
const WAITS = [['off', 'Nobody'], ['guests', 'Guests, who have no account'], ['everybody', 'Everybody but moderators and hosts']];
/** @type {[string, string][]} */
const EMPTY = [['0', 'Never'], ['5', 'After 5 minutes'], ['15', 'After 15 minutes'], ['60', 'After an hour'], ['480', 'After 8 hours'],
	['1440', 'After a day']];

/**
 * @typedef {{name: string, words: string, kind: 'text' | 'number' | 'choice' | 'flag' | 'password', options?: [string, string][],
 *            hint?: string, max?: number}} Setting
 */

/** @type {{title: string, settings: Setting[]}[]} */
export const GROUPS = [
	{ title: 'The meeting', settings: [
		{ name: 'title', words: 'Title', kind: 'text', max: 200 },
		{ name: 'max_participants', words: 'Most people at a time', kind: 'number', max: 1000 },
		{ name: 'end_when_empty_min', words: 'Ends for good when it is empty', kind: 'choice', options: EMPTY },
		{ name: 'password', words: 'Password', kind: 'password', max: 128 },
	] },
	{ title: 'Coming in', settings: [
		{ name: 'waiting_room', words: 'Who waits until somebody lets them in', kind: 'choice', options: WAITS },
		{ name: 'guests', words: 'Guests may come in', kind: 'flag', hint: 'People without an account on this server' },
		{ name: 'join_before_host', words: 'People may begin without a host', kind: 'flag', hint: 'Or they wait for one, or a moderator' },
		{ name: 'mute_on_entry', words: 'Microphones are off at first', kind: 'flag' },
		{ name: 'locked', words: 'Locked', kind: 'flag', hint: 'Nobody new comes in but moderators and hosts' },
	] },
	{ title: 'Who may', settings: [
		{ name: 'unmute', words: 'Switch their microphone on', kind: 'choice', options: WHO },
		{ name: 'share_screen', words: 'Share a screen', kind: 'choice', options: WHO },
		{ name: 'chat', words: 'Write in the chat', kind: 'choice', options: WHO },
		{ name: 'rename', words: 'Change their name', kind: 'choice', options: WHO },
		{ name: 'record', words: 'Record', kind: 'choice', options: WHO },
	] },
];

const ALL = GROUPS.flatMap(({ settings }) => settings);

/** A value that none of the options has is one more of them. @param {Setting} setting @param {string} value */
export function optionsOf({ options = [] }, value) {
	/** @type {[string, string][]} */
	const more = options.some(([known]) => known === value) ? [] : [[value, /^\d+$/.test(value) ? `After ${value} minutes` : value]];
	return [...options, ...more];
}

/** @type {Record<Setting['kind'], (text: string | null) => unknown>} what a control's text means; null: not there, or not ticked */
const READ = {
	text: (text) => (text ?? '').trim(), number: (text) => Number(text), flag: (text) => text !== null, password: (text) => text ?? '',
	choice: (text) => (/^\d+$/.test(text ?? '') ? Number(text) : text),
};

/**
 * What a form changes.
 * @param {{get: (name: string) => any}} data FormData
 * @param {Record<string, any>} before values by name, the title among them
 * @returns {Record<string, any>} a body for PATCH; empty when nothing has changed
 */
export function changed(data, before) {
	/** @type {Record<string, any>} */
	const changes = {};
	for (const { name, kind } of ALL) {
		const given = data.get(name), value = READ[kind](given);
		if (kind === 'password' ? value !== '' : value !== before[name] && (kind === 'flag' || given !== null)) changes[name] = value;
	}
	return changes;
}

/* ---- controls ---- */

/** @param {Setting} setting @param {any} value */
const box = ({ name, words, hint }, value) => make('label', { class: 'check' },
	make('input', { type: 'checkbox', name, checked: value === true }),
	make('span', {}, words, hint ? make('small', {}, hint) : null));

/** @type {Record<string, (value: any, max?: number) => Record<string, any>>} what an input of a kind is like */
const INPUT = {
	text: (value, max) => ({ value: value ?? '', maxlength: max }),
	number: (value, max) => ({ value: value ?? '', type: 'number', min: 1, max, required: true, inputmode: 'numeric' }),
	password: (value, max) => ({ maxlength: max, spellcheck: 'false', placeholder: value ? 'A new one' : 'None' }),
};

/** @param {Setting} setting @param {any} value @param {() => void} onforget */
function control(setting, value, onforget) {
	const { name, words, kind, max } = setting;
	if (kind === 'flag') return box(setting, value);
	const props = { id: `setting-${name}`, name };
	const input = kind === 'choice' ? choice(props, optionsOf(setting, String(value)), String(value)) :
		make('input', { class: 'input', autocomplete: 'off', ...props, ...INPUT[kind](value, max) });
	const below = kind === 'password' && value ? make('p', { class: 'hint' }, 'There is one. ',
		make('button', { class: 'link', type: 'button', 'data-testid': 'forget-password', onclick: onforget }, 'Remove it')) : null;
	return make('div', { class: 'field' }, make('label', { for: props.id }, words), input, below);
}

/**
 * The form's content.
 * @param {Record<string, any>} values by name
 * @param {() => void} onforget removes the password
 */
export const controls = (values, onforget) => GROUPS.map(({ title, settings }) => make('fieldset', {}, make('legend', {}, title),
	make('div', { class: 'settings-grid' }, ...settings.map((setting) => control(setting, values[setting.name], onforget)))));
