/**
 * room.js: the page during a meeting: controls, banner, people, messages, shortcuts. The pictures are stage.js.
 */
import { canShare, CuriaError, endMeeting, isLive, LevelMeter } from '../curia.js';
import { byId, copyText, later, setIcon, setText } from './dom.js';
import { drawToggle } from './lobby.js';
import { preferences } from './memory.js';
import { drawPeople } from './people.js';
import { announce, listNames, say } from './say.js';
import { DeviceMenus } from './settings.js';
import { Stage } from './stage.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('./media.js').LocalMedia} LocalMedia */

const HIDDEN_MS = 2000;
const SLOW_MEDIA_MS = 12000;
const QUIET_HINT_MS = 60000;

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));

export class Room {
	#abort = new AbortController();
	/** @type {Map<number, HTMLAudioElement>} */
	#players = new Map();
	#soundBlocked = false;
	#mediaSince_ms = Date.now();
	#since_ms = Date.now();
	/** @type {any} */
	#tick = null;
	/** @type {any} */
	#hiding = null;
	#first = true;
	/** @type {LevelMeter | null} */
	#meter = null;
	/** @type {MediaStreamTrack | null} */
	#metered = null;
	#loud = 0;
	#hinted_ms = 0;

	/**
	 * @param {Meeting} meeting
	 * @param {LocalMedia} media
	 * @param {{hostToken: string | null, maxOthers: number, onleave: () => void}} options
	 */
	constructor(meeting, media, options) {
		this.meeting = meeting;
		this.media = media;
		this.options = options;
		this.link = `${location.origin}/m/${meeting.code}`;
		this.stage = new Stage(byId('stage'), meeting, media, { maxOthers: options.maxOthers,
			onmore: () => this.togglePeople(true), onfirstframe: () => this.#onFirstFrame() });
		this.menus = new DeviceMenus(media, byId('settings'), (id) => this.#useSpeaker(id));
		this.#listen();
		setText(byId('room-code'), meeting.code);
		byId('room-copy').setAttribute('aria-label', `Copy the link to this meeting, ${meeting.code}`);
		/** @type {HTMLInputElement} */ (byId('alone-link')).value = this.link;
		this.#tick = setInterval(() => this.#onTick(), 1000);
		this.#drawAll();
	}

	close() {
		this.#abort.abort();
		this.menus.close();
		clearInterval(this.#tick);
		clearTimeout(this.#hiding);
		this.#meter?.stop();
		this.stage.close();
		for (const player of this.#players.values()) player.srcObject = null;
		byId('audio').replaceChildren();
		for (const id of ['settings', 'help', 'leave-dialog']) dialog(id).close();
		this.togglePeople(false);
	}

	#listen() {
		const { signal } = this.#abort;
		const { meeting, media } = this;
		/** @param {EventTarget} target @param {string} type @param {(event: any) => void} run */
		const on = (target, type, run) => target.addEventListener(type, run, { signal });
		const draw = later(() => this.#drawAll(), 30);
		on(meeting, 'participants', (event) => this.#onParticipants(event.detail));
		on(meeting, 'slots', () => this.#playAudio());
		for (const type of ['participants', 'speakers', 'state', 'media']) on(meeting, type, draw);
		on(meeting, 'trouble', (event) => this.#onTrouble(event.detail.error));
		on(media, 'change', draw);
		on(byId('mic'), 'click', () => media.toggle('microphone'));
		on(byId('cam'), 'click', () => media.toggle('camera'));
		on(byId('share'), 'click', () => this.toggleShare());
		on(byId('people-button'), 'click', () => this.togglePeople());
		on(byId('people-close'), 'click', () => this.togglePeople(false));
		on(byId('settings-button'), 'click', () => dialog('settings').showModal());
		on(byId('help-button'), 'click', () => dialog('help').showModal());
		on(byId('leave'), 'click', () => this.askLeave());
		on(byId('leave-only'), 'click', () => this.options.onleave());
		on(byId('end-all'), 'click', () => this.#endAll());
		on(byId('banner-button'), 'click', () => this.#onBanner());
		for (const id of ['room-copy', 'alone-copy', 'people-copy']) on(byId(id), 'click', () => this.#copy());
		for (const button of document.querySelectorAll('dialog [data-close]'))
			on(button, 'click', () => button.closest('dialog')?.close());
		on(byId('dock'), 'keydown', (event) => this.#onDockKey(event));
		on(document, 'visibilitychange', () => this.#onVisibility());
	}

	/** @param {KeyboardEvent} event true when the key was ours */
	onKey(event) {
		const { key } = event;
		if (key === '?') dialog('help').showModal();
		else if (key === 's') this.toggleShare();
		else if (key === 'p') this.togglePeople();
		else if (key === 'Escape' && !byId('people').hidden) this.togglePeople(false);
		else return false;
		return true;
	}

	/** Left and right move through a toolbar. @param {KeyboardEvent} event */
	#onDockKey(event) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
		if (!step) return;
		const buttons = /** @type {HTMLElement[]} */ ([...byId('dock').querySelectorAll('button:not(:disabled)')])
			.filter((button) => button.offsetParent !== null);
		const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
		buttons[(at + step + buttons.length) % buttons.length]?.focus();
		event.preventDefault();
	}

	/** @param {boolean} [open] */
	togglePeople(open = byId('people').hidden === true) {
		const button = byId('people-button');
		const hadFocus = byId('people').contains(document.activeElement);
		byId('people').hidden = !open;
		button.setAttribute('aria-expanded', String(open));
		button.dataset.active = String(open);
		this.#drawPeople();
		if (open) byId('people-close').focus();
		else if (hadFocus) button.focus();
	}

	async toggleShare() {
		if (this.media.isSharing) {
			this.media.stopSharing();
			announce('You stopped sharing your screen.');
			return;
		}
		if (!this.#may('screen_share')) return;
		try {
			if (await this.media.share()) announce('You are sharing your screen.');
		} catch (error) {
			this.#onTrouble(error);
		}
	}

	askLeave() {
		if (this.meeting.you?.can.admin && this.options.hostToken) dialog('leave-dialog').showModal();
		else this.options.onleave();
	}

	async #endAll() {
		try {
			await endMeeting(this.meeting.code, /** @type {string} */ (this.options.hostToken));
			this.options.onleave();
		} catch (error) {
			dialog('leave-dialog').close();
			this.#onTrouble(error);
		}
	}

	/** @param {import('../curia/types.js').Source} source */
	#may(source) {
		return this.meeting.you?.can.publish.includes(source) ?? true;
	}

	async #copy() {
		if (await copyText(this.link)) say('Link copied', 'check');
		else say(this.link);
	}

	/* ---- what happens ---- */

	/** @param {import('../curia/roster.js').Change} change */
	#onParticipants({ joined, changed, left }) {
		const first = this.#first;
		this.#first = false;
		if (!first) this.#came.push(...joined.map((p) => p.name));
		this.#went.push(...left.filter(({ reason }) => reason !== 'ended').map(({ participant }) => participant.name));
		this.#tellTraffic();
		for (const person of [...joined, ...changed]) this.#noteScreen(person, first);
	}

	/** @type {string[]} */
	#came = [];
	/** @type {string[]} */
	#went = [];

	/** Says who came and went, together when many do. */
	#tellTraffic = later(() => {
		if (this.#abort.signal.aborted) return;
		if (this.#came.length > 0) say(`${listNames(this.#came)} joined`, 'user');
		if (this.#went.length > 0) say(`${listNames(this.#went)} left`, 'leave');
		this.#came = [];
		this.#went = [];
	}, 500);

	/** @type {Set<string>} */
	#sharing = new Set();

	/**
	 * @param {import('../curia/types.js').Participant} person
	 * @param {boolean} quietly
	 */
	#noteScreen(person, quietly) {
		const live = isLive(person, 'screen_share');
		const before = this.#sharing.has(person.participant);
		if (live) this.#sharing.add(person.participant);
		else this.#sharing.delete(person.participant);
		if (live && !before && !quietly) say(`${person.name} is sharing a screen`, 'screen');
	}

	/** @param {unknown} error */
	#onTrouble(error) {
		if (!(error instanceof CuriaError)) return;
		console.warn('curia:', error.code, error.detail);
		if (['timeout', 'offline', 'session-lost', 'not-published', 'join-first'].includes(error.code)) return;
		say(error.message, 'warning');
	}

	#onFirstFrame() {
		const asked = performance.getEntriesByName('curia:join').at(-1);
		if (asked) this.meeting.timing.first_frame ??= Math.round(performance.now() - asked.startTime);
	}

	#onVisibility() {
		clearTimeout(this.#hiding);
		if (document.hidden) this.#hiding = setTimeout(() => this.meeting.pause(true), HIDDEN_MS);
		else this.meeting.pause(false);
	}

	#onTick() {
		this.#drawClock();
		this.#drawBanner();
		this.#listenWhileMuted();
	}

	/* ---- sound ---- */

	#playAudio() {
		for (const slot of this.meeting.slots) {
			if (slot.kind !== 'audio') continue;
			let player = this.#players.get(slot.index);
			if (!player) {
				player = new Audio();
				player.autoplay = true;
				this.#players.set(slot.index, player);
				byId('audio').append(player);
				this.#sink(player, preferences().speakerId);
			}
			if (player.srcObject === slot.stream) continue;
			player.srcObject = slot.stream;
			this.#start(player);
		}
	}

	/** @param {HTMLAudioElement} player */
	#start(player) {
		player.play().catch((error) => {
			if (error.name === 'NotAllowedError') this.#soundBlocked = true;
			this.#drawBanner();
		});
	}

	/** @param {string} id */
	#useSpeaker(id) {
		for (const player of this.#players.values()) this.#sink(player, id);
	}

	/**
	 * @param {any} player
	 * @param {string} id
	 */
	#sink(player, id) {
		if (id && 'setSinkId' in player) player.setSinkId(id).catch(() => {});
	}

	/** Tells somebody who talks into a muted microphone. */
	#listenWhileMuted() {
		const track = this.media.track('microphone');
		const muted = track !== null && !this.media.isWanted('microphone');
		if (!muted) this.#loud = 0;
		const wanted = muted ? track : null;
		if (wanted === this.#metered) return;
		this.#meter?.stop();
		this.#metered = wanted;
		this.#meter = wanted ? new LevelMeter(wanted, (level) => this.#onLevel(level)) : null;
	}

	/** @param {number} level */
	#onLevel(level) {
		this.#loud = level > 0.65 ? this.#loud + 1 : Math.max(0, this.#loud - 0.5);
		if (this.#loud < 14 || Date.now() - this.#hinted_ms < QUIET_HINT_MS) return;
		this.#hinted_ms = Date.now();
		say('Your microphone is off', 'mic-off');
	}

	/* ---- drawing ---- */

	#drawAll() {
		if (this.#abort.signal.aborted) return;
		const { meeting, media } = this;
		setText(byId('room-title'), meeting.info?.title || 'Meeting');
		drawToggle(byId('mic'), 'microphone', media);
		drawToggle(byId('cam'), 'camera', media);
		this.#drawShare();
		const count = meeting.participants.length + 1;
		setText(byId('people-count'), String(count));
		const people = byId('people-button');
		people.setAttribute('aria-label', `People, ${count} here`);
		people.dataset.tip = 'People (P)';
		byId('settings-button').dataset.tip = 'Devices';
		byId('help-button').dataset.tip = 'Shortcuts (?)';
		byId('leave').dataset.tip = 'Leave';
		byId('alone').hidden = meeting.participants.length > 0 || meeting.state === 'connecting';
		for (const [id, source] of /** @type {const} */ ([['mic', 'microphone'], ['cam', 'camera']]))
			/** @type {HTMLButtonElement} */ (byId(id)).disabled = !this.#may(source);
		this.#drawPeople();
		this.#drawBanner();
		this.#drawClock();
	}

	#drawShare() {
		const share = /** @type {HTMLButtonElement} */ (byId('share'));
		const sharing = this.media.isSharing;
		share.hidden = !canShare();
		share.disabled = !this.#may('screen_share');
		share.dataset.active = String(sharing);
		const words = sharing ? 'Stop sharing your screen' : 'Share your screen';
		share.setAttribute('aria-label', words);
		share.dataset.tip = `${words} (S)`;
		setIcon(share, sharing ? 'screen-off' : 'screen');
	}

	#drawPeople() {
		if (!byId('people').hidden) drawPeople(byId('people-list'), this.meeting, this.media);
	}

	#drawClock() {
		const seconds = Math.floor((Date.now() - this.#since_ms) / 1000);
		const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
		const hours = Math.floor(seconds / 3600);
		setText(byId('room-clock'), `${hours ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
	}

	/** The one line that matters most now, or none. */
	#drawBanner() {
		const banner = byId('banner');
		const what = this.#bannerWhat();
		banner.hidden = what === null;
		banner.dataset.what = what?.what ?? '';
		setText(byId('banner-words'), what?.words ?? '');
		const button = byId('banner-button');
		button.hidden = !what?.button;
		setText(button, what?.button ?? '');
	}

	/** @returns {{what: string, words: string, button?: string} | null} */
	#bannerWhat() {
		const { state, transport } = this.meeting;
		if (state === 'reconnecting') return { what: 'reconnecting', words: 'The connection was lost. Reconnecting…' };
		if (this.#soundBlocked)
			return { what: 'sound', words: 'The browser keeps the sound off until you click.', button: 'Turn sound on' };
		const sides = [transport.view, transport.publish].filter((pc) => pc !== null);
		if (state !== 'connected' || sides.every((pc) => pc.connectionState === 'connected')) this.#mediaSince_ms = Date.now();
		if (Date.now() - this.#mediaSince_ms > SLOW_MEDIA_MS)
			return { what: 'media', words: 'Sound and picture are not connected yet. Still trying…' };
		if (this.media.isSharing) return { what: 'sharing', words: 'You are sharing your screen.', button: 'Stop sharing' };
		return null;
	}

	#onBanner() {
		if (byId('banner').dataset.what === 'sharing') {
			this.toggleShare();
			return;
		}
		this.#soundBlocked = false;
		for (const player of this.#players.values()) this.#start(player);
		this.#drawBanner();
	}
}
