/**
 * person-menu.js: what one may do to somebody, as a list. Pure: it only looks at what the meeting says.
 *
 * @typedef {import('../curia/types.js').Participant} Participant
 * @typedef {{may: (action: string) => boolean, mayTouch: (person: Participant) => boolean, spotlight: readonly string[],
 *            you: import('../curia/types.js').You | null}} Rights the part of a Meeting that is asked
 * @typedef {{id: string, words: string, icon: string, danger?: boolean, action?: string, what?: Record<string, any>}} Deed
 *     without an `action` it is the page that has to ask something first
 */
import { isLive, outranks, ROLES } from '../curia.js';

/* What can be given, with the words for it. */
const GIVES = Object.freeze({ host: 'Make host', moderator: 'Make moderator', participant: 'Make participant' });

/**
 * @param {Participant} person
 * @param {Rights} meeting
 * @returns {Deed[]}
 */
export function deedsFor(person, meeting) {
	const { participant } = person;
	const touch = meeting.mayTouch(person);
	/** @param {boolean} given @param {Deed} deed */
	const when = (given, deed) => (given ? [deed] : []);
	const mutes = touch && meeting.may('mute-others');
	const spotlit = meeting.spotlight.includes(participant);
	return [
		...when(mutes && isLive(person, 'microphone'), { id: 'mute', words: 'Mute', icon: 'mic-off', action: 'mute',
			what: { participant, source: 'microphone' } }),
		...when(mutes && !isLive(person, 'microphone'), { id: 'ask-unmute', words: 'Ask to unmute', icon: 'mic', action: 'ask_unmute',
			what: { participant, source: 'microphone' } }),
		...when(mutes && isLive(person, 'camera'), { id: 'stop-video', words: 'Stop video', icon: 'cam-off', action: 'stop',
			what: { participant, source: 'camera' } }),
		...when(mutes && isLive(person, 'screen_share'), { id: 'stop-share', words: 'Stop sharing', icon: 'screen-off', action: 'stop',
			what: { participant, source: 'screen_share' } }),
		...when(touch && meeting.may('lower-hands') && person.hand === true, { id: 'lower-hand', words: 'Lower hand', icon: 'hand',
			action: 'lower_hand', what: { participant } }),
		...when(meeting.may('spotlight'), { id: 'spotlight', words: spotlit ? 'End spotlight' : 'Spotlight for everyone', icon: 'spot',
			action: 'spotlight', what: { participants: spotlit ? [] : [participant] } }),
		...(touch && meeting.may('change-roles') ? roles(person, meeting.you?.role ?? 'viewer') : []),
		...when(touch && meeting.may('remove'), { id: 'remove', words: 'Remove…', icon: 'user-off', danger: true }),
	];
}

/**
 * Nobody gives more than they have.
 * @param {Participant} person
 * @param {string} mine
 * @returns {Deed[]}
 */
function roles({ participant, role: theirs }, mine) {
	return Object.entries(GIVES).filter(([role]) => role !== theirs && (role === mine || outranks(mine, role)))
		.map(([role, words]) => ({ id: `make-${role}`, words, icon: ROLES.indexOf(role) > ROLES.indexOf(theirs) ? 'star' : 'user',
			action: 'role', what: { participant, role } }));
}
