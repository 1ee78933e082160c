/**
 * meeting-page.js: the page at /m/<code>: lobby, meeting, and what comes after. One state at a time, which
 * <html data-state> tells to style sheets and tests: lobby, joining, waiting, meeting, reconnecting, left, error.
 *
 * A link may join by itself: ?join=1&name=Ann&audio=1&video=1, or only to watch: ?role=viewer. It may carry a token from an application, which says what
 * one may do here: #token=eyJ... (behind the #, so that it is in no server's log). ?relay=1 sends sound and picture over TURN
 * servers only, to try them.
 */
import { accessToken, maybeSignedIn, whoAmI } from './account.js';
import { CuriaError, Meeting, parseCode, presides, readClaims } from './curia.js';
import { byId, setText } from './ui/dom.js';
import { Lobby } from './ui/lobby.js';
import { LocalMedia } from './ui/media.js';
import { hostToken, prefer, preferences, seatSecret } from './ui/memory.js';
import { Room } from './ui/room.js';

const PHONE = '(max-width: 720px), (max-height: 480px)';
/* What a room system with nobody at it waits out. */
const PASSING = new Set(['offline', 'timeout', 'unavailable', 'overloaded', 'too-many-requests']);
/* What one can do something about where one is. */
const STAYS = new Set(['password-needed', 'guests-not-allowed', 'meeting-locked', 'meeting-full', 'too-many-requests', 'unauthorized']);
const RETRY_MS = 5000;
const LIMITS = { desktop: 9, phone: 6 };

const query = new URLSearchParams(location.search);
const ticket = takeTicket();
const grants = readClaims(ticket ?? '');
const watches = grants.video?.canPublish === false || query.get('role') === 'viewer';
const code = parseCode(location.pathname) ?? '';
const videoSlots = matchMedia(PHONE).matches ? LIMITS.phone : LIMITS.desktop;

/** @type {LocalMedia} */
let media;
/** @type {Lobby | null} */
let lobby = null;
/** @type {Room | null} */
let room = null;
/** @type {Meeting | null} */
let meeting = null;
let secret = '';
/** @type {any} */
let retry = null;

/** @param {'lobby' | 'joining' | 'waiting' | 'meeting' | 'reconnecting' | 'left' | 'error'} state */
function setState(state) {
	const { dataset } = document.documentElement;
	dataset.state = state;
	byId('lobby').hidden = !(state === 'lobby' || state === 'waiting' || (state === 'joining' && lobby !== null));
	byId('room').hidden = !['meeting', 'reconnecting'].includes(state) && !(state === 'joining' && lobby === null);
	byId('end').hidden = state !== 'left' && state !== 'error';
	byId('skip').setAttribute('href', byId('room').hidden ? (byId('end').hidden ? '#main' : '#end') : '#room-main');
}

/** @param {string} title */
function setTitle(title) {
	document.title = title ? `${title} · Curia` : 'Curia';
}

/** What was kept and has ended since opens nothing, and must not stand before what does. @param {string | null} kept */
function fresh(kept) {
	return kept && (readClaims(kept).exp ?? Infinity) * 1000 > Date.now() ? kept : null;
}

/** The link's token. It leaves the address, which people copy, and stays for a reload of this tab. */
function takeTicket() {
	const given = new URLSearchParams(location.hash.slice(1)).get('token');
	const key = `curia.ticket.${location.pathname}`;
	try {
		if (given) sessionStorage.setItem(key, given);
		if (given) history.replaceState(history.state, '', location.pathname + location.search);
		return given ?? fresh(sessionStorage.getItem(key));
	} catch { /* no storage: then it stays where it is */
		return given;
	}
}

/** What is wanted at the start: the link decides, else what was chosen last time. */
function wanted() {
	const kept = preferences();
	/** @param {string} name @param {boolean} usual */
	const flag = (name, usual) => (query.has(name) ? query.get(name) !== '0' : usual);
	return { ...kept, microphone: !watches && flag('audio', kept.microphone), camera: !watches && flag('video', kept.camera),
		name: (query.get('name') ?? grants.name ?? kept.name).trim().slice(0, 60) };
}

/** What says who we are, besides a name. @returns {Promise<string | null>} */
const pass = async () => ticket ?? fresh(hostToken(code)) ?? accessToken(); /* null: nobody is signed in */

function newMeeting() {
	const made = new Meeting({ code, name: '', identity: secret, hostToken: pass, role: watches ? 'viewer' : undefined, videoSlots,
		iceTransportPolicy: query.get('relay') === '1' ? 'relay' : 'all' });
	/** @type {any} */ (window).curia = made;
	made.addEventListener('state', () => onMeetingState(made));
	return made;
}

/** What was on is on again next time; who could choose nothing changes nothing. */
function keepChoices() {
	if (!watches) prefer({ camera: media.isWanted('camera'), microphone: media.isWanted('microphone') });
}

/** @param {string} name */
async function openLobby(name) {
	room?.close();
	room = null;
	lobby = newLobby(name);
	setState('lobby');
	setTitle('Join');
	meeting = newMeeting();
	meeting.prepare();
	if (!name && matchMedia('(hover: hover)').matches) byId('name').focus();
	if (!watches && !media.track('camera') && !media.track('microphone')) await media.open();
}

/** @param {string} name */
function newLobby(name) {
	const invited = Boolean(ticket ?? hostToken(code)) || maybeSignedIn();
	return new Lobby(code, media, { name, watches, invited, onjoin: join, oncancel: cancel,
		onfail: (error) => showError(asError(error)) });
}

/** Does not wait any longer. */
async function cancel() {
	const waiting = meeting;
	const name = waiting?.name ?? '';
	backToLobby(name);
	await waiting?.leave();
}

/** Out of the meeting before we were in it; camera and microphone go on. @param {string} name */
function backToLobby(name) {
	room?.close();
	room = null;
	media.detach();
	meeting = newMeeting();
	meeting.prepare();
	lobby ??= newLobby(name);
	lobby.setBusy(false);
	lobby.setWaiting(null);
	setState('lobby');
	setTitle('Join');
}

/** @param {string} name @param {string} [password] */
async function join(name, password = '') {
	if (document.documentElement.dataset.state === 'joining') return;
	performance.mark('curia:join');
	if (!meeting || meeting.state !== 'idle') meeting = newMeeting();
	const current = meeting;
	current.name = name;
	current.password = password;
	keepChoices();
	prefer({ name });
	delete document.documentElement.dataset.reason;
	setState('joining');
	lobby?.setBusy(true);
	room = new Room(current, media, { maxOthers: videoSlots, onleave: leave });
	try {
		await Promise.all([current.join(), media.attach(current)]);
	} catch { /* the state of the meeting says it, see onMeetingState */ }
}

/** @param {Meeting} from */
function onMeetingState(from) {
	if (from !== meeting) return;
	const { state, reason } = from;
	if (state === 'connected') showMeeting(from);
	else if (state === 'waiting') showWaiting(from);
	else if (state === 'reconnecting') setState('reconnecting');
	else if (state === 'failed' && reason && mayStay(reason)) {
		backToLobby(from.name);
		lobby?.refuse(reason);
	} else if (state === 'failed' || state === 'ended') finish(state, reason);
	else if (state === 'left' && room !== null) finish('left', null);
}

/** What the lobby can say; nobody sits before a link that joins by itself, but a password can only be typed. @param {CuriaError} reason */
const mayStay = ({ code: why }) => (lobby !== null && STAYS.has(why)) || why === 'password-needed';

/** @param {Meeting} from */
function showWaiting(from) {
	lobby ??= newLobby(from.name);
	lobby.setBusy(false);
	setState('waiting');
	setTitle('Waiting');
	lobby.setWaiting(from.waitsFor);
}

/** @param {Meeting} from */
function showMeeting(from) {
	const first = ['joining', 'waiting'].includes(document.documentElement.dataset.state ?? '');
	/* What opens a moment later must not undo it. */
	const silent = (from.settings.mute_on_entry && !presides(from.you?.role)) || !from.may('unmute');
	if (first && silent && !watches) media.turnOff('microphone');
	lobby?.setBusy(false);
	lobby?.close();
	lobby = null;
	setState('meeting');
	setTitle(from.info?.title || 'Meeting');
	room?.stage.render();
	/* What we may not send we need not hold open. */
	if (from.you?.can.publish.length === 0) media.close();
	if (first) byId('room-main').focus({ preventScroll: true });
}

async function leave() {
	const leaving = meeting;
	finish('left', null);
	await leaving?.leave();
}

/**
 * @param {'left' | 'ended' | 'failed'} how
 * @param {CuriaError | null} reason
 */
function finish(how, reason) {
	lobby?.setBusy(false);
	lobby?.close();
	lobby = null;
	room?.close();
	room = null;
	keepChoices();
	media.close();
	if (how === 'failed') showError(reason ?? new CuriaError('internal'));
	else if (reason) showEnd('left', reason.code, reason.message, reason.hint);
	else showEnd('left', 'left', 'You left the meeting', 'You can come back for as long as it is open.');
}

/** @param {CuriaError} error */
function showError(error) {
	lobby?.close();
	lobby = null;
	media?.close();
	const unattended = query.get('join') === '1' && PASSING.has(error.code);
	showEnd('error', error.code, error.message, unattended ? 'Trying again every few seconds.' : error.hint, error.detail);
	if (unattended) retry = setTimeout(joinUnasked, RETRY_MS);
}

/** Joins as the link says, without a lobby. */
function joinUnasked() {
	const want = wanted();
	media = new LocalMedia(want);
	if (!watches) media.open();
	join(want.name || 'Guest');
}

/**
 * @param {'left' | 'error'} state
 * @param {string} reason
 * @param {string} title
 * @param {string} words
 * @param {string} [detail]
 */
function showEnd(state, reason, title, words, detail = '') {
	document.documentElement.dataset.reason = reason;
	setState(state);
	setTitle(title.replace(/\.$/, ''));
	setText(byId('end-title'), title.replace(/\.$/, ''));
	setText(byId('end-words'), words);
	setText(byId('end-detail'), reason === 'internal' ? detail : '');
	const again = byId('end-again');
	const over = ['ended', 'kicked', 'removed', 'meeting-ended', 'no-such-meeting', 'not-found', 'unsupported-browser'].includes(reason);
	again.hidden = over;
	setText(again, state === 'left' ? 'Join again' : 'Try again');
	byId('end-home').className = over ? 'button primary' : 'button quiet';
	byId('end-title').focus();
}

/** Of who is signed in. */
async function accountName() {
	return maybeSignedIn() ? (await whoAmI().catch(() => null))?.name ?? '' : '';
}

/** @param {any} error */
function asError(error) {
	return error instanceof CuriaError ? error : new CuriaError(error?.code ?? 'internal', String(error?.message ?? error));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
	const target = /** @type {HTMLElement} */ (event.target);
	if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
	if (target.closest?.('input:not([readonly]), select, textarea, dialog')) return;
	const state = document.documentElement.dataset.state ?? '';
	if (!['lobby', 'waiting', 'meeting', 'reconnecting'].includes(state)) return;
	const may = !watches && meeting?.you?.can.publish.length !== 0;
	if (!may && ['m', 'v'].includes(event.key)) return;
	if (event.key === 'm') media.toggle('microphone');
	else if (event.key === 'v') media.toggle('camera');
	else if (state === 'lobby' || state === 'waiting' || !room?.onKey(event)) return;
	event.preventDefault();
}

async function start() {
	if (!code) {
		showError(new CuriaError('no-such-meeting'));
		return;
	}
	if (typeof RTCPeerConnection === 'undefined' || typeof WebSocket === 'undefined') {
		showError(new CuriaError('unsupported-browser'));
		return;
	}
	const want = wanted();
	media = new LocalMedia(want);
	document.addEventListener('keydown', onKey);
	byId('end-again').addEventListener('click', () => {
		clearTimeout(retry);
		media = new LocalMedia(wanted());
		openLobby(preferences().name);
	});
	secret = await seatSecret(code);
	if (query.get('join') === '1') joinUnasked();
	else openLobby(want.name || await accountName());
}

start();
