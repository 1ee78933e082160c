/**
 * people.js: the list of who is here.
 */
import { isLive } from '../curia.js';
import { byId, icon, make, setText } from './dom.js';
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
 *          cam: boolean, screen: boolean, watches?: boolean}} person
 */
function row({ id, name, you, role, away, speaking, mic, cam, screen, watches = false }) {
	const small = [you ? 'You' : '', watches ? 'Watching' : '', role === 'host' ? 'Host' : '', screen ? 'Sharing a screen' : '',
		away ? 'Connection lost' : ''].filter(Boolean).join(' · ');
	return make('li', { class: 'person', 'data-testid': 'person', 'data-participant': id, 'data-speaking': String(speaking),
		'data-away': String(away) },
	avatar(name, you ? 'self' : id),
	make('div', { class: 'person-name' }, make('b', {}, name), small ? make('small', {}, small) : null),
	make('div', { class: 'person-marks' }, screen ? mark(true, 'screen', 'Screen share') : null,
		watches ? null : mark(mic, 'mic', 'Microphone'), watches ? null : mark(cam, 'cam', 'Camera')));
}

/**
 * Those who only watch are counted. @param {number} viewers @param {boolean} amOne oneself among them
 */
function drawViewers(viewers, amOne) {
	const others = Math.max(0, viewers - (amOne ? 1 : 0));
	byId('people-viewers').hidden = others === 0;
	setText(byId('people-viewers'), `+${others} viewer${others === 1 ? '' : 's'}`);
}

/**
 * Draws the list: oneself, then the others by name.
 * @param {HTMLElement} list
 * @param {Meeting} meeting
 * @param {import('./media.js').LocalMedia} media
 */
export function drawPeople(list, meeting, media) {
	const { speaking } = meeting.speakers;
	const onlyViews = meeting.you !== null && meeting.you.can.publish.length === 0;
	drawViewers(meeting.viewers, onlyViews);
	const others = [...meeting.participants].sort((a, b) => a.name.localeCompare(b.name));
	const self = row({ id: meeting.you?.participant ?? '', name: meeting.name, you: true,
		role: meeting.you?.role ?? '', away: false, speaking: speaking.includes(meeting.you?.participant ?? ''),
		mic: media.isOn('microphone'), cam: media.isOn('camera'), screen: media.isSharing, watches: onlyViews });
	list.replaceChildren(self, ...others.map((p) => row({ id: p.participant, name: p.name, you: false, role: p.role,
		away: p.away, speaking: speaking.includes(p.participant), mic: isLive(p, 'microphone'), cam: isLive(p, 'camera'),
		screen: isLive(p, 'screen_share') })));
}
