/**
 * waiting-card.js: in the lobby, in place of the form: who is waited for, and a way out.
 */
import { byId, setText } from './dom.js';
import { announce } from './say.js';

const WORDS = Object.freeze({
	host: ['The meeting has not begun', 'You come in by yourself as soon as whoever runs it is here.'],
	'waiting-room': ['Asking to come in', 'You come in by yourself as soon as somebody who runs the meeting lets you in.'],
});

/**
 * Shows for whom we wait; null hides it.
 * @param {keyof typeof WORDS | null} reason
 */
export function drawWaitingCard(reason) {
	byId('waiting-card').hidden = reason === null;
	byId('lobby-form').hidden = reason !== null;
	if (reason === null) return;
	const [title, words] = WORDS[reason] ?? WORDS['waiting-room'];
	const news = byId('waiting-card-title').textContent !== title;
	setText(byId('waiting-card-title'), title);
	setText(byId('waiting-card-words'), words);
	if (news) announce(`${title}. ${words}`);
	byId('waiting-card-title').focus({ preventScroll: true });
}
