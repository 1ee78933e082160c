/**
 * viewing.js: the receiving side of a seat: its slots, what is wished for them, and what the server says of the line.
 */
import { ViewPeer } from './view-peer.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./types.js').Slot} Slot */
/** @typedef {import('./types.js').Wish} Wish */

const AUDIO_SLOTS = 3;

export class Viewing {
	/** @type {Handle | null} */
	handle = null;

	/** @type {ViewPeer | null} */
	#peer = null;
	/** @type {{slots: Wish[], pinned: string[]} | null} */
	#wishes = null;
	#paused = false;
	#video;
	#board;
	#watch;
	#ontrouble;

	/**
	 * @param {{video: number, board: import('./board.js').Board, watch: (peer: ViewPeer) => void,
	 *          ontrouble: (error: unknown) => void}} setup `video`: how many video slots
	 */
	constructor({ video, board, watch, ontrouble }) {
		this.#video = video;
		this.#board = board;
		this.#watch = watch;
		this.#ontrouble = ontrouble;
	}

	get peer() {
		if (!this.#peer) {
			this.#peer = new ViewPeer({ audio: AUDIO_SLOTS, video: this.#video });
			this.#peer.onsubscribed = (data) => this.#onSubscribed(data);
			this.#watch(this.#peer);
		}
		return this.#peer;
	}

	/** The PeerConnection, if there is one yet. */
	get pc() {
		return this.#peer?.pc ?? null;
	}

	/** Every slot with its stream, audio first. @returns {Slot[]} */
	get slots() {
		return (this.#peer?.lines ?? []).map(({ kind, index, transceiver, stream }) => {
			const mid = transceiver.mid ?? '';
			return { ...this.#board.slot(mid, kind), kind, index, stream };
		});
	}

	/** @param {import('./types.js').JoinAnswer} invitation */
	prepare({ ice_servers = [], meeting }) {
		if (meeting?.settings?.video_codec) this.peer.prefer(meeting.settings.video_codec);
		return this.peer.prepare(ice_servers);
	}

	/**
	 * Offers on this handle.
	 * @param {Handle} handle
	 * @param {string | null} ticket
	 * @param {() => boolean} socketUp
	 */
	start(handle, ticket, socketUp) {
		this.handle = handle;
		this.peer.ticket = ticket;
		return this.peer.start(handle, socketUp);
	}

	/**
	 * @param {Wish[]} slots
	 * @param {string[]} pinned
	 */
	wish(slots, pinned) {
		this.#wishes = { slots, pinned };
		this.#sendWishes();
	}

	/** @param {boolean} paused */
	pause(paused) {
		if (this.#paused === paused) return;
		this.#paused = paused;
		this.#sendPause();
	}

	/** What the server makes of our line; null when it cannot be asked. @returns {Promise<any>} */
	async quality() {
		if (!this.handle || !this.#board.isSubscribed) return null;
		return this.handle.ask({ request: 'quality' }).catch(() => null);
	}

	/** Tells the server how well it went here; whether that arrives matters to nobody. @param {Record<string, number>} figures */
	report(figures) {
		if (this.handle && this.#board.isSubscribed) this.handle.ask({ request: 'report', ...figures }).catch(() => {});
	}

	/** What comes on the handle for the connection. @param {Record<string, any>} message */
	onMessage(message) {
		if (message.janus === 'hangup') this.#peer?.hungUp();
		const data = message.plugindata?.data;
		if (data?.room === 'slots') this.#board.slotsDelta(data);
	}

	/** A new connection for a new handle; wishes stay. */
	renew() {
		this.close();
		this.#peer = null;
		this.#board.unsubscribed();
	}

	close() {
		this.#peer?.close();
		this.handle = null;
	}

	/** @param {any} data */
	#onSubscribed(data) {
		this.#board.subscribed(data);
		if (this.#wishes) this.#sendWishes();
		if (this.#paused) this.#sendPause();
	}

	/** Wishes are by position among the video slots, the server knows slots by mid. */
	#sendWishes() {
		if (!this.#wishes) return;
		const lines = (this.#peer?.lines ?? []).filter((line) => line.kind === 'video');
		const slots = this.#wishes.slots.flatMap(({ slot, ...wish }) => {
			const mid = lines[slot]?.transceiver.mid;
			return mid ? [{ mid, ...wish }] : [];
		});
		this.#say({ request: 'view', slots, pinned: this.#wishes.pinned });
	}

	#sendPause() {
		this.#say({ request: 'pause', paused: this.#paused });
	}

	/** @param {Record<string, any>} body */
	#say(body) {
		if (!this.handle || !this.#board.isSubscribed) return;
		this.handle.ask(body).catch((error) => this.#ontrouble(error));
	}
}
