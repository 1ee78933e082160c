/**
 * seat.js: the way to a seat in a meeting, and back to it: the invitation, the session, its two handles. When the session
 * is lost the same seat is taken again in a new one, until that works or can never work.
 */
import { CuriaError, isFinal } from './errors.js';
import { joinMeeting } from './rest.js';
import { JanusSocket } from './socket.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */

const PLUGIN = 'janus.plugin.curia.room';
const REJOIN_MS = 500;
const FIRST_ATTEMPTS = 3;

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @typedef {object} Owner
 * @property {() => void} prepare what can be done before anything is known
 * @property {(invitation: JoinAnswer) => Promise<void>} warm what can be done before there is a session
 * @property {(publish: Handle, view: Handle) => Promise<void>} sit takes the seat with these handles
 * @property {() => void} renew drops what belonged to the old handles
 * @property {(up: boolean) => void} onsocket
 * @property {() => void} onlost the session is gone, it is being made again
 * @property {(reason: CuriaError) => boolean} onbroken the session is gone while the seat is being taken; true when
 *     somebody waited for it, who starts over
 * @property {(error: unknown) => void} onfailed
 * @property {(milestone: string) => void} mark
 */

export class Seat {
	/** @type {JoinAnswer | null} */
	invitation;
	/** @type {JanusSocket | null} */
	socket = null;
	/** The seat is being taken: the socket alone says nothing yet. */
	isEstablishing = false;

	#ask;
	#options;
	/** @type {Owner} */
	#owner;
	#closed = false;
	#attempts = 0; /* who waited at the door has them all again */
	/** @type {JoinAnswer | null} the invitation that was found to be to the wrong server */
	#followed = null;
	#onOnline = () => this.socket?.hurry();

	/**
	 * @param {{code: string, who: () => {name: string, identity?: string, role?: string, password?: string},
	 *          hostToken: import('./meeting.js').TokenSource, server: string, invitation: JoinAnswer | null, socket?: object}} setup
	 * @param {Owner} owner
	 */
	constructor({ code, who, hostToken, server, invitation, socket }, owner) {
		this.#ask = async () => {
			const token = typeof hostToken === 'function' ? await hostToken() : hostToken;
			return joinMeeting(code, who(), { server, token });
		};
		this.invitation = invitation;
		this.#options = socket;
		this.#owner = owner;
	}

	/** Whether the socket carries requests right now. */
	isUp = () => this.socket?.state === 'open';

	/** Comes in for the first time. */
	async take() {
		this.isEstablishing = true;
		const inviting = this.#invite(); /* on its way before the work of the next line begins */
		this.#owner.prepare();
		const invitation = await inviting;
		this.#owner.mark('invited');
		this.socket = this.#makeSocket(invitation);
		await Promise.all([this.socket.open(), this.#owner.warm(invitation)]);
		this.#owner.mark('socket');
		globalThis.addEventListener?.('online', this.#onOnline);
		await this.#takeFirst();
		this.isEstablishing = false;
	}

	/** A handle is gone, or all of them: starts over. */
	async retake() {
		if (this.isEstablishing || this.#closed) return;
		this.isEstablishing = true;
		this.#owner.onlost();
		while (!this.#closed) {
			try {
				this.#renew();
				await this.#establish();
				break;
			} catch (error) {
				if (isFinal(error)) this.#owner.onfailed(error);
				else if (!this.#follow(error)) await this.#freshInvitation();
			}
		}
		this.isEstablishing = false;
	}

	/** The meeting is on another server now: asks which, and takes the seat there. */
	async move() {
		if (this.isEstablishing || this.#closed) return;
		this.#owner.onlost();
		await this.#freshInvitation();
		await this.retake();
	}

	close() {
		this.#closed = true;
		globalThis.removeEventListener?.('online', this.#onOnline);
		this.socket?.close();
	}

	async #invite() {
		this.invitation ??= await this.#ask();
		return this.invitation;
	}

	/** Also when the server is dead that we try to come back to: the seat may be elsewhere by now. */
	async #renewInvitation() {
		this.invitation = await this.#ask();
		if (this.socket?.redirect(this.invitation.url)) this.retake();
		return this.invitation.token;
	}

	/** Goes where the meeting is, once for each invitation; false when there is nowhere to go. @param {unknown} error */
	#follow(error) {
		const url = error instanceof CuriaError && error.code === 'wrong-node' ? error.url : null;
		if (!url || !this.invitation || this.#followed === this.invitation || !this.socket) return false;
		this.#followed = this.invitation;
		return this.socket.redirect(url);
	}

	/** @param {JoinAnswer} invitation */
	#makeSocket(invitation) {
		const socket = new JanusSocket({ url: invitation.url, token: invitation.token, options: this.#options,
			refresh: () => this.#renewInvitation() });
		socket.addEventListener('state', () => this.#owner.onsocket(socket.state === 'open'));
		socket.addEventListener('lost', (event) => this.#onLost(/** @type {CustomEvent} */ (event).detail.reason));
		return socket;
	}

	/** @param {CuriaError} reason */
	#onLost(reason) {
		if (this.socket?.state === 'closed') this.#owner.onfailed(reason);
		else if (this.isEstablishing && this.#owner.onbroken(reason)) this.#attempts = 0;
		else this.retake();
	}

	/** A session that is lost while we come in is made again. */
	async #takeFirst() {
		for (this.#attempts = 1; ; this.#attempts++) {
			try {
				await this.#establish();
				return;
			} catch (error) {
				const again = !this.#closed && (this.#follow(error) || (error instanceof CuriaError && error.code === 'session-lost'));
				if (!again || this.#attempts === FIRST_ATTEMPTS || this.socket?.state === 'closed') throw error;
				this.#renew();
			}
		}
	}

	/** A session, two handles, the seat: as few round trips as there can be. */
	async #establish() {
		const socket = /** @type {JanusSocket} */ (this.socket);
		await socket.create();
		const [publish, view] = await Promise.all([socket.attach(PLUGIN), socket.attach(PLUGIN)]);
		this.#owner.mark('attached');
		await this.#owner.sit(publish, view);
	}

	#renew() {
		this.#owner.renew();
		if (this.invitation) this.#owner.warm(this.invitation).catch(() => {});
	}

	async #freshInvitation() {
		await sleep(REJOIN_MS);
		if (this.#closed) return;
		try {
			this.socket?.setToken(await this.#renewInvitation());
		} catch (error) {
			if (isFinal(error)) this.#owner.onfailed(error);
		}
	}
}
