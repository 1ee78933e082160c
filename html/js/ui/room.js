/**
 * room.js: the page during a meeting: controls, panels, shortcuts. The pictures are stage.js, the sound is sound.js.
 */
import { canShare, CuriaError } from '../curia.js';
import { Banner } from './banner.js';
import { byId, copyText, later, setIcon, setText } from './dom.js';
import { Door } from './door.js';
import { Gestures } from './gestures.js';
import { drawToggle } from './lobby.js';
import { Menu } from './menu.js';
import { Panels } from './panels.js';
import { PeopleList } from './people.js';
import { QualityPanel } from './quality-panel.js';
import { Running } from './running.js';
import { announce, say } from './say.js';
import { DeviceMenus } from './settings.js';
import { MuteHint, Sound } from './sound.js';
import { Stage } from './stage.js';
import { Traffic } from './traffic.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('./media.js').LocalMedia} LocalMedia */

const HIDDEN_MS = 2000;
/* Said by the banner already. */
const QUIET = new Set(['timeout', 'offline', 'session-lost', 'not-published', 'join-first']);

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (byId(id));

export class Room {
	#abort = new AbortController();
	#sound = new Sound(() => this.#banner.draw());
	#hint = new MuteHint();
	#traffic = new Traffic();
	#banner;
	#panels;
	#quality;
	#people;
	#running;
	#door;
	#gestures;
	#since_ms = Date.now();
	/** @type {any} */
	#tick = null;
	/** @type {any} */
	#hiding = null;

	/**
	 * @param {Meeting} meeting
	 * @param {LocalMedia} media
	 * @param {{maxOthers: number, onleave: () => void}} options
	 */
	constructor(meeting, media, options) {
		this.meeting = meeting;
		this.media = media;
		this.options = options;
		this.link = `${location.origin}/m/${meeting.code}`;
		this.#banner = new Banner(meeting, media, this.#sound);
		this.stage = new Stage(byId('stage'), meeting, media, { maxOthers: options.maxOthers,
			onfirstframe: () => this.#onFirstFrame() });
		this.#quality = new QualityPanel(meeting, (rates) => this.stage.rate(rates));
		const { signal } = this.#abort;
		const ontrouble = (/** @type {unknown} */ error) => this.#onTrouble(error);
		this.#running = new Running(meeting, media, signal, ontrouble);
		this.#people = new PeopleList(meeting, media, (id) => this.#running.itemsFor(id));
		this.#gestures = new Gestures(meeting, signal, ontrouble);
		new Menu(byId('more'), () => this.#moreItems(), signal);
		this.#panels = new Panels({
			people: { shown: () => this.#onPeople(), hidden: () => this.#door.draw() },
			quality: { shown: () => this.#quality.open(), hidden: () => this.#quality.close() } });
		this.#door = new Door(meeting, signal, { ontrouble, isListOpen: () => !byId('people').hidden,
			onlist: () => this.#panels.toggle('people', true) });
		this.menus = new DeviceMenus(media, byId('settings'), (id) => this.#sound.use(id));
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
		this.#hint.close();
		this.#traffic.close();
		this.stage.close();
		this.#sound.close();
		for (const id of ['settings', 'help', 'leave-dialog']) dialog(id).close();
		Menu.closeAny();
		this.#running.close();
		this.#gestures.close();
		this.#panels.dispose();
		this.#quality.stop();
	}

	#listen() {
		const { signal } = this.#abort;
		const { meeting, media } = this;
		/** @param {EventTarget} target @param {string} type @param {(event: any) => void} run */
		const on = (target, type, run) => target.addEventListener(type, run, { signal });
		const draw = later(() => this.#drawAll(), 30);
		on(meeting, 'participants', (event) => this.#traffic.note(event.detail));
		on(meeting, 'slots', () => this.#sound.play(meeting.slots));
		for (const type of ['participants', 'speakers', 'state', 'media', 'settings', 'hands', 'spotlight', 'waiting'])
			on(meeting, type, draw);
		on(meeting, 'trouble', (event) => this.#onTrouble(event.detail.error));
		on(media, 'change', draw);
		on(byId('mic'), 'click', () => media.toggle('microphone'));
		on(byId('cam'), 'click', () => media.toggle('camera'));
		on(byId('share'), 'click', () => this.toggleShare());
		on(byId('settings-quality'), 'click', () => this.#openQuality());
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
		else if (key === 'p') this.#panels.toggle('people');
		else if (key === 'h') this.#gestures.toggleHand();
		else if (key === 'r' && this.meeting.may('react')) this.#gestures.toggle();
		else if (key === 'q') this.#panels.toggle('quality');
		else if (key === 'PageDown') this.stage.turn(1);
		else if (key === 'PageUp') this.stage.turn(-1);
		else if (key === 'Escape') return this.#gestures.close() || this.#panels.close();
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

	#openQuality() {
		dialog('settings').close();
		this.#panels.toggle('quality', true);
	}

	async toggleShare() {
		if (this.media.isSharing) {
			this.media.stopSharing();
			announce('You stopped sharing your screen.');
			return;
		}
		if (!this.#mayShare()) return;
		try {
			if (await this.media.share()) announce('You are sharing your screen.');
		} catch (error) {
			this.#onTrouble(error);
		}
	}

	askLeave() {
		if (this.meeting.may('end')) dialog('leave-dialog').showModal();
		else this.options.onleave();
	}

	#endAll() {
		dialog('leave-dialog').close();
		this.#running.end();
	}

	/** @param {import('../curia/types.js').Source} source */
	#may(source) {
		return this.meeting.you?.can.publish.includes(source) ?? true;
	}

	#mayShare() {
		return this.meeting.you === null || (this.#may('screen_share') && this.meeting.may('share-screen'));
	}

	/** What has no button of its own, and what is done to all. @returns {(import('./menu.js').Item | null)[]} */
	#moreItems() {
		const all = this.#running.itemsForAll();
		const end = { id: 'end', words: 'End for everyone…', icon: 'leave', danger: true, run: () => dialog('leave-dialog').showModal() };
		const small = byId('share').offsetParent === null && !byId('share').hidden; /* no place for its button */
		const sharing = this.media.isSharing;
		return [
			...(small ? [{ id: 'share', words: sharing ? 'Stop sharing' : 'Share your screen', icon: sharing ? 'screen-off' : 'screen',
				run: () => this.toggleShare() }] : []),
			{ id: 'devices', words: 'Devices…', icon: 'tune', run: () => dialog('settings').showModal() },
			{ id: 'connection', words: 'Connection', icon: 'signal', run: () => this.#panels.toggle('quality', true) },
			{ id: 'help', words: 'Keyboard shortcuts…', icon: 'help', run: () => dialog('help').showModal() },
			...(all.length > 0 ? [null, ...all] : []),
			...(this.meeting.may('end') ? [null, end] : []),
		];
	}

	#onPeople() {
		this.#drawPeople();
		this.#door.draw();
	}

	async #copy() {
		if (await copyText(this.link)) say('Link copied', 'check');
		else say(this.link);
	}

	/* ---- what happens ---- */

	/** @param {unknown} error */
	#onTrouble(error) {
		if (!(error instanceof CuriaError)) return;
		console.warn('curia:', error.code, error.detail);
		if (!QUIET.has(error.code)) say(error.message, 'warning');
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
		this.#banner.draw();
		this.#hint.listen(this.media.isWanted('microphone') ? null : this.media.track('microphone'));
	}

	#onBanner() {
		if (this.#banner.what === 'sharing') this.toggleShare();
		else this.#sound.unblock();
	}

	/* ---- drawing ---- */

	#drawAll() {
		if (this.#abort.signal.aborted) return;
		const { meeting, media } = this;
		setText(byId('room-title'), meeting.info?.title || 'Meeting');
		drawToggle(byId('mic'), 'microphone', media);
		drawToggle(byId('cam'), 'camera', media);
		this.#drawShare();
		/* Who may only watch has no use for controls that stay grey. */
		for (const [id, source] of /** @type {const} */ ([['mic', 'microphone'], ['cam', 'camera']]))
			byId(id).hidden = !this.#may(source);
		this.#drawCount();
		this.#gestures.draw();
		byId('more').dataset.tip = 'More';
		byId('leave').dataset.tip = 'Leave';
		byId('alone').hidden = meeting.participants.length + meeting.viewers > 0 || meeting.state === 'connecting'
			|| meeting.you?.can.publish.length === 0;
		this.#drawPeople();
		this.#banner.draw();
		this.#drawClock();
	}

	#drawCount() {
		const { participants, viewers, you } = this.meeting;
		const counted = you !== null && you.can.publish.length === 0; /* one of the viewers oneself */
		const count = participants.length + viewers + (counted && viewers > 0 ? 0 : 1);
		const waiting = this.#door.count;
		setText(byId('people-count'), String(count));
		const people = byId('people-button');
		people.dataset.waiting = String(waiting > 0);
		people.setAttribute('aria-label', `People, ${count} here${waiting > 0 ? `, ${waiting} waiting` : ''}`);
		people.dataset.tip = 'People (P)';
	}

	#drawShare() {
		const share = /** @type {HTMLButtonElement} */ (byId('share'));
		const sharing = this.media.isSharing;
		share.hidden = !canShare() || !this.#mayShare();
		share.dataset.active = String(sharing);
		const words = sharing ? 'Stop sharing your screen' : 'Share your screen';
		share.setAttribute('aria-label', words);
		share.dataset.tip = `${words} (S)`;
		setIcon(share, sharing ? 'screen-off' : 'screen');
	}

	#drawPeople() {
		if (!byId('people').hidden) this.#people.draw();
	}

	#drawClock() {
		const seconds = Math.floor((Date.now() - this.#since_ms) / 1000);
		const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
		const hours = Math.floor(seconds / 3600);
		setText(byId('room-clock'), `${hours ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
	}
}
