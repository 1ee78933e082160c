/**
 * people.js: the list of who is here.
 */
import { isLive } from '../curia.js';
import { icon, make } from './dom.js';
import { avatar } from './tile.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('../curia/types.js').Participant} Participant */

/**
 * @param {boolean} on
 * @param {string} name
 * @param {string} words
 */
function mark(on, name, words) {
	return make('span', { class: on ? '' : 'off', role: 'img', 'aria-label': `${words} ${on ? 'on' : 'off'}` },
		icon(on ? name : `${name}-off`));
}

/**
 * @param {{id: string, name: string, you: boolean, role: string, away: boolean, speaking: boolean, mic: boolean,
 *          cam: boolean, screen: boolean}} person
 */
function row({ id, name, you, role, away, speaking, mic, cam, screen }) {
	const small = [you ? 'You' : '', role === 'host' ? 'Host' : '', screen ? 'Sharing a screen' : '',
		away ? 'Connection lost' : ''].filter(Boolean).join(' · ');
	return make('li', { class: 'person', 'data-testid': 'person', 'data-participant': id, 'data-speaking': String(speaking),
		'data-away': String(away) },
	avatar(name, you ? 'self' : id),
	make('div', { class: 'person-name' }, make('b', {}, name), small ? make('small', {}, small) : null),
	make('div', { class: 'person-marks' }, screen ? mark(true, 'screen', 'Screen share') : null,
		mark(mic, 'mic', 'Microphone'), mark(cam, 'cam', 'Camera')));
}

/**
 * Draws the list: oneself, then the others by name.
 * @param {HTMLElement} list
 * @param {Meeting} meeting
 * @param {import('./media.js').LocalMedia} media
 */
export function drawPeople(list, meeting, media) {
	const { speaking } = meeting.speakers;
	const others = [...meeting.participants].sort((a, b) => a.name.localeCompare(b.name));
	const self = row({ id: meeting.you?.participant ?? '', name: meeting.name, you: true,
		role: meeting.you?.role ?? '', away: false, speaking: speaking.includes(meeting.you?.participant ?? ''),
		mic: media.isOn('microphone'), cam: media.isOn('camera'), screen: media.isSharing });
	list.replaceChildren(self, ...others.map((p) => row({ id: p.participant, name: p.name, you: false, role: p.role,
		away: p.away, speaking: speaking.includes(p.participant), mic: isLive(p, 'microphone'), cam: isLive(p, 'camera'),
		screen: isLive(p, 'screen_share') })));
}
