/**
 * sides.js: the two sides of a seat, publishing and viewing, and the board that holds what the server said on both.
 */
import { Board } from './board.js';
import { Doorway, leadsIn } from './doorway.js';
import { CuriaError } from './errors.js';
import { Floor } from './floor.js';
import { Publishing } from './publishing.js';
import { readClaims } from './rest.js';
import { Viewing } from './viewing.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */

/**
 * @typedef {object} Owner
 * @property {(type: string, detail: any) => void} emit
 * @property {(error: unknown) => void} ontrouble
 * @property {() => void} onpeer a connection is in another state
 * @property {() => void} ondetached a handle is gone
 * @property {(reason: string) => void} onended
 * @property {(source: import('./types.js').Source, by: string | null) => void} onmuted somebody else muted what we send
 * @property {(source: import('./types.js').Source) => void} onrefused we may not unmute this
 * @property {(reason: string) => void} onwaiting we are to wait until somebody lets us in
 * @property {(milestone: string) => void} mark
 */

export class Sides {
	/** @type {Board} */
	board;
	/** @type {Floor} */
	floor;
	doorway = new Doorway();
	/** @type {Publishing} */
	publishing;
	/** @type {Viewing} */
	viewing;

	/** @type {Owner} */
	#owner;

	/**
	 * @param {{video: number, policy?: RTCIceTransportPolicy}} setup `video`: how many video slots
	 * @param {Owner} owner
	 */
	constructor({ video, policy = 'all' }, owner) {
		this.#owner = owner;
		const { ontrouble } = owner;
		const watch = (/** @type {import('./peer.js').Peer} */ peer) => {
			peer.policy = policy;
			this.#watch(peer);
		};
		this.floor = new Floor((type, detail) => owner.emit(type, detail));
		this.board = new Board({ emit: (type, detail) => owner.emit(type, this.#withStreams(type, detail)),
			sync: (side) => this.#sync(side) });
		this.publishing = new Publishing({ watch, ontrouble, onrefused: (source) => owner.onrefused(source) });
		this.viewing = new Viewing({ video, board: this.board, watch, ontrouble });
	}

	/** What can be done before anything is known. */
	prepare() {
		this.publishing.peer.warm();
		this.viewing.peer.warm();
	}

	/** What can be done before there is a session. @param {JoinAnswer} invitation */
	async warm(invitation) {
		const grants = readClaims(invitation.token).video ?? {};
		await Promise.all([this.publishing.prepare(invitation, grants), this.viewing.prepare(invitation)]);
	}

	/**
	 * Takes the seat with two new handles and offers on both.
	 * @param {{publish: Handle, view: Handle}} handles
	 * @param {JoinAnswer | null} invitation
	 * @param {() => boolean} isUp
	 * @param {(joined: any) => boolean} onjoined false when it came too late
	 */
	async sit({ publish, view }, invitation, isUp, onjoined) {
		publish.onevent = (message) => this.#onPublishEvent(message);
		view.onevent = (message) => this.#onViewEvent(message);
		const eager = leadsIn(invitation);
		const joining = this.#askIn(publish, invitation);
		/* A handle's requests are carried out in order, so the offer need not wait for the seat. */
		if (eager) this.#publish(publish, isUp);
		const joined = await joining;
		if (!onjoined(joined)) return;
		if (!eager) this.#publish(publish, isUp);
		this.publishing.joined(joined);
		this.floor.joined(joined);
		this.board.joined(joined);
		if (joined.you?.can.subscribe === false) return;
		this.viewing.start(view, joined.you?.ticket ?? null, isUp).then(() => this.#owner.mark('subscribed'))
			.catch(this.#owner.ontrouble);
	}

	/**
	 * Asks for the seat; when told to wait, waits, and asks again once we are let in.
	 * @param {Handle} publish
	 * @param {JoinAnswer | null} invitation
	 * @returns {Promise<any>}
	 */
	async #askIn(publish, invitation) {
		const request = { request: 'join', token: invitation?.token };
		const answer = await publish.ask(request);
		if (answer.room !== 'waiting') return answer;
		const admitted = this.doorway.wait();
		const offered = leadsIn(invitation);
		if (offered) this.publishing.renew(); /* it must not go on offering where nothing is taken */
		this.#owner.onwaiting(answer.reason ?? 'waiting-room');
		await admitted;
		if (!offered) return this.#askIn(publish, invitation);
		/* The offer that came too soon was refused; a session of its own is the clean way out of that. */
		throw new CuriaError('session-lost', 'let in after the offer was refused');
	}

	/**
	 * @param {Handle} handle
	 * @param {() => boolean} isUp
	 */
	#publish(handle, isUp) {
		this.publishing.start(handle, isUp).then((published) => published && this.#owner.mark('published'))
			.catch(this.#owner.ontrouble);
	}

	/** New connections for new handles. */
	renew() {
		this.publishing.renew();
		this.viewing.renew();
	}

	close() {
		this.doorway.leave('left');
		this.publishing.close();
		this.viewing.close();
	}

	/** @param {import('./peer.js').Peer} peer */
	#watch(peer) {
		peer.addEventListener('change', () => this.#owner.onpeer());
		peer.addEventListener('trouble', (event) => this.#owner.ontrouble(/** @type {CustomEvent} */ (event).detail.error));
	}

	/** @param {Record<string, any>} message */
	#onPublishEvent(message) {
		this.publishing.onMessage(message);
		const data = message.plugindata?.data;
		if (data?.room === 'roster') this.board.rosterDelta(data);
		else if (data?.room === 'speakers') this.board.speakersNow(data);
		else if (data?.room === 'muted') this.#owner.onmuted(data.source, data.by ?? null);
		else if (data?.room === 'admitted') this.doorway.admit();
		else if (data?.room === 'waiting' && data.reason && this.doorway.isWaiting) this.#owner.onwaiting(data.reason);
		else this.floor.take(data);
		this.#onHandleEvent(message, data);
	}

	/** @param {Record<string, any>} message */
	#onViewEvent(message) {
		this.viewing.onMessage(message);
		this.#onHandleEvent(message, message.plugindata?.data);
	}

	/**
	 * @param {Record<string, any>} message
	 * @param {any} data
	 */
	#onHandleEvent(message, data) {
		if (message.janus === 'detached') this.#owner.ondetached();
		if (data?.room === 'ended') this.#owner.onended(data.reason);
	}

	/**
	 * Asks one side for its whole state.
	 * @param {'publish' | 'view'} side
	 * @returns {Promise<any>}
	 */
	async #sync(side) {
		const { handle } = side === 'publish' ? this.publishing : this.viewing;
		if (!handle) return null;
		try {
			const data = await handle.ask({ request: 'sync' });
			if (data.layers) this.publishing.peer.want(data.layers);
			if (side === 'publish') this.floor.joined(data);
			return data;
		} catch (error) {
			this.#owner.ontrouble(error);
			return null;
		}
	}

	/**
	 * The board knows slots by mid; who listens gets them with their streams.
	 * @param {string} type
	 * @param {any} detail
	 */
	#withStreams(type, detail) {
		if (type !== 'slots') return detail;
		return { changed: this.viewing.slots.filter(({ mid }) => detail.changed.includes(mid)) };
	}
}
