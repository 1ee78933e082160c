/**
 * stage.js: keeps the tiles in step with the meeting: who is seen, where, and which slot plays in which tile.
 */
import { isLive } from '../curia.js';
import { Held } from './held.js';
import { Pager } from './pager.js';
import { Pages, RETURN_MS } from './pages.js';
import { makeScene, rank } from './scene.js';
import { Tile } from './tile.js';
import { makeWishes, nameWishes, Wisher } from './wishes.js';

/** @typedef {import('../curia.js').Meeting} Meeting */
/** @typedef {import('../curia/types.js').Slot} Slot */
/** @typedef {import('./media.js').LocalMedia} LocalMedia */

const SELF = 'self/camera';

/** @param {Slot} slot */
const slotKey = (slot) => (slot.participant && slot.source ? `${slot.participant}/${slot.source}` : null);

export class Stage {
	/** @type {string | null} the tile that somebody pinned */
	pinned = null;

	/** @type {Map<string, Tile>} */
	#tiles = new Map();
	/** @type {Map<string, number>} */
	#spoke_ms = new Map();
	/** @type {Map<string, number>} the order screens were shared in */
	#screens = new Map();
	#screenCount = 0;
	/** @type {Set<string>} */
	#shown = new Set();
	/** @type {MediaStream | null} */
	#selfStream = null;
	/** @type {Map<string, import('../curia/quality.js').Rate>} */
	#rates = new Map();
	#room = Infinity; /* how many others the scene had places for */
	#pages = new Pages();
	#queued = false;
	#closed = false;
	#pager;
	#wisher;
	#held = new Held();
	#resize;

	/**
	 * @param {HTMLElement} root
	 * @param {Meeting} meeting
	 * @param {LocalMedia} media
	 * @param {{maxOthers: number, onfirstframe: () => void}} options
	 */
	constructor(root, meeting, media, options) {
		this.root = root;
		this.meeting = meeting;
		this.media = media;
		this.options = options;
		this.#wisher = new Wisher(meeting);
		this.#pager = new Pager((step) => this.turn(step));
		root.replaceChildren(this.#pager.element);
		this.#resize = new ResizeObserver(() => this.render());
		this.#resize.observe(root);
		for (const event of ['participants', 'slots', 'speakers', 'local', 'state', 'spotlight', 'hands'])
			meeting.addEventListener(event, () => this.render());
		media.addEventListener('change', () => this.render());
	}

	close() {
		this.#closed = true;
		this.#resize.disconnect();
		this.#wisher.close();
		for (const tile of this.#tiles.values()) tile.remove();
		this.#tiles.clear();
	}

	/** @param {string | null} key */
	pin(key) {
		this.pinned = this.pinned === key ? null : key;
		this.render();
	}

	/** To the next page of people, or back. @param {number} step */
	turn(step) {
		const shown = [...this.#shown].filter((key) => key !== SELF && key !== this.#focus());
		if (!this.#pages.turn(step, this.#pager.pages, shown, Date.now())) return;
		this.#pager.announce(this.#pages.page);
		this.render();
		if (this.#pages.page === 0) setTimeout(() => this.render(), RETURN_MS + 50);
	}

	/** How well each tile's picture arrives. @param {Map<string, import('../curia/quality.js').Rate>} rates */
	rate(rates) {
		this.#rates = rates;
		for (const [key, tile] of this.#tiles) tile.rate(rates.get(key) ?? 'good');
	}

	/** Draws at the next frame, once, however often it is asked. */
	render() {
		if (this.#queued || this.#closed) return;
		this.#queued = true;
		const draw = () => {
			if (!this.#queued) return;
			this.#queued = false;
			if (!this.#closed) this.#draw();
		};
		requestAnimationFrame(draw);
		setTimeout(draw, 120); /* a hidden page gets no animation frames */
	}

	#draw() {
		this.#noteSpeakers();
		this.#noteScreens();
		const { clientWidth: width, clientHeight: height } = this.root;
		if (width === 0 || height === 0) return;
		const focus = this.#focus();
		const others = this.#others();
		const scene = makeScene({ width, height, self: SELF, others, focus, maxOthers: this.options.maxOthers,
			page: this.#pages.page });
		this.#pages.page = scene.page;
		this.#shown = new Set(scene.places.keys());
		this.#room = scene.room;
		this.#place(scene);
		this.#pager.draw(scene);
		this.#wish(scene, focus);
	}

	#noteSpeakers() {
		const now = Date.now();
		for (const id of this.meeting.speakers.speaking) this.#spoke_ms.set(id, now);
	}

	#noteScreens() {
		const sharing = new Set(this.meeting.participants.filter((p) => isLive(p, 'screen_share')).map((p) => p.participant));
		for (const id of this.#screens.keys()) if (!sharing.has(id)) this.#screens.delete(id);
		for (const id of sharing) if (!this.#screens.has(id)) this.#screens.set(id, ++this.#screenCount);
	}

	/** What takes the stage: who is pinned, else who is in the spotlight, else the screen shared last. */
	#focus() {
		if (this.pinned !== null && !this.#exists(this.pinned)) this.pinned = null;
		const lit = this.meeting.spotlight.map((id) => `${id}/camera`).find((key) => this.#exists(key));
		const last = [...this.#screens].sort((a, b) => b[1] - a[1])[0];
		return this.pinned ?? lit ?? (last ? `${last[0]}/screen_share` : null);
	}

	/** @param {string} id */
	#hasHand(id) {
		return this.meeting.hands.some(({ participant }) => participant === id);
	}

	/** @param {string} key */
	#exists(key) {
		const [id, source] = key.split('/');
		return source === 'screen_share' ? this.#screens.has(id) : this.meeting.participant(id) !== undefined;
	}

	/** The others' cameras, and screens that are not in focus. */
	#others() {
		const { dominant } = this.meeting.speakers;
		const slots = new Set(this.meeting.slots.filter((slot) => slot.kind === 'video').map(slotKey));
		const people = this.meeting.participants;
		const now = Date.now();
		const ids = rank(people.map(({ participant: id }, order) => ({ id: `${id}/camera`, order,
			hasSlot: slots.has(`${id}/camera`), dominant: dominant === id,
			pinned: this.pinned === `${id}/camera` || this.meeting.spotlight.includes(id),
			spoke_ms: this.#spoke_ms.get(id) ?? 0, shown: this.#shown.has(`${id}/camera`),
			back: this.#pages.isBack(`${id}/camera`, now) })), this.#room, now);
		const focus = this.#focus();
		const screens = [...this.#screens.keys()].map((id) => `${id}/screen_share`).filter((key) => key !== focus);
		const cameras = people.map(({ participant: id }) => `${id}/camera`);
		return this.#pages.order([...screens, ...ids], [...screens, ...cameras]);
	}

	/** @param {import('./scene.js').Scene} scene */
	#place(scene) {
		const slots = new Map(this.meeting.slots.filter((slot) => slot.kind === 'video').map((slot) => [slotKey(slot), slot]));
		for (const [key, place] of scene.places) {
			const tile = this.#tile(key);
			tile.put(place);
			tile.update(key === SELF ? this.#selfState() : this.#state(key, slots.get(key)));
		}
		for (const [key, tile] of this.#tiles) {
			if (scene.places.has(key)) continue;
			tile.remove();
			this.#tiles.delete(key);
		}
		/* The reading order is the order on the screen. */
		let before = null;
		for (const key of scene.places.keys()) {
			const { element } = /** @type {Tile} */ (this.#tiles.get(key));
			const expected = before ? before.nextElementSibling : this.root.firstElementChild;
			if (!element.isConnected) this.root.insertBefore(element, expected);
			before = element;
		}
	}

	/** @param {string} key */
	#tile(key) {
		let tile = this.#tiles.get(key);
		if (tile) return tile;
		const [participant, source] = key.split('/');
		tile = new Tile(key, { participant, source: /** @type {'camera' | 'screen_share'} */ (source),
			onpin: key === SELF ? null : () => this.pin(key),
			onframe: key === SELF ? undefined : this.options.onfirstframe });
		tile.rate(this.#rates.get(key) ?? 'good');
		this.#tiles.set(key, tile);
		return tile;
	}

	/** @returns {import('./tile.js').TileState} */
	#selfState() {
		const id = this.meeting.you?.participant ?? '';
		const track = this.media.track('camera');
		if (track !== (this.#selfStream?.getVideoTracks()[0] ?? null)) this.#selfStream = track ? new MediaStream([track]) : null;
		return { name: this.meeting.name, self: true, micOff: !this.media.isOn('microphone'),
			speaking: this.meeting.speakers.speaking.includes(id) && this.media.isOn('microphone'), away: false,
			stalled: false, held: false, pinned: false, hand: this.#hasHand(id), stream: this.#selfStream, mirror: true };
	}

	/**
	 * @param {string} key
	 * @param {Slot | undefined} slot
	 * @returns {import('./tile.js').TileState}
	 */
	#state(key, slot) {
		const [id, source] = key.split('/');
		const person = this.meeting.participant(id);
		const live = isLive(person, source) && slot !== undefined && slot.paused !== 'muted';
		const held = live && slot.paused === 'bandwidth';
		this.#held.note(key, held, person?.name ?? '');
		return { name: person?.name ?? '', self: false, micOff: !isLive(person, 'microphone'),
			speaking: person?.away !== true && this.meeting.speakers.speaking.includes(id), away: person?.away ?? false,
			/* A screen on which nothing moves sends next to nothing: no cause to dim it. */
			stalled: live && slot.paused === 'stalled' && source === 'camera', held, pinned: this.pinned === key,
			hand: this.#hasHand(id), stream: live && !held ? slot.stream : null, mirror: false };
	}

	/**
	 * @param {import('./scene.js').Scene} scene
	 * @param {string | null} focus
	 */
	#wish(scene, focus) {
		const slots = this.meeting.slots.filter((slot) => slot.kind === 'video');
		if (slots.length === 0 || this.meeting.state !== 'connected') return;
		const carried = slots.map((slot) => ({ key: slotKey(slot) }));
		const shown = [...scene.places.keys()].filter((key) => key !== SELF);
		const named = this.#pages.named(shown, Date.now());
		const room = Math.min(slots.length, scene.room + (focus === null ? 0 : 1));
		const wishes = named ? nameWishes(carried, scene.places, named, devicePixelRatio)
			: makeWishes(carried, scene.places, room, devicePixelRatio);
		this.#wisher.wish(wishes, this.pinned === null ? [] : [this.pinned.split('/')[0]]);
	}
}
