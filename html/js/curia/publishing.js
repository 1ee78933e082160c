/**
 * publishing.js: the sending side of a seat: what each source is, told to the others, and kept over lost connections.
 */
import { guessPlan, tellPlan } from './encodings.js';
import { CuriaError } from './errors.js';
import { PublishPeer } from './publish-peer.js';

/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {import('./types.js').Source} Source */

export class Publishing {
	/** @type {Handle | null} */
	handle = null;

	/** @type {PublishPeer | null} */
	#peer = null;
	#announced = false;
	#watch;
	#ontrouble;
	#onrefused;

	/**
	 * @param {{watch: (peer: PublishPeer) => void, ontrouble: (error: unknown) => void,
	 *          onrefused: (source: Source) => void}} owner `onrefused`: we may not unmute this
	 */
	constructor({ watch, ontrouble, onrefused }) {
		this.#watch = watch;
		this.#ontrouble = ontrouble;
		this.#onrefused = onrefused;
	}

	get peer() {
		if (!this.#peer) {
			this.#peer = new PublishPeer();
			this.#watch(this.#peer);
		}
		return this.#peer;
	}

	/** The PeerConnection, if there is one yet; who may send nothing has none. */
	get pc() {
		return this.#peer && this.#peer.allowed.size > 0 ? this.#peer.pc ?? null : null;
	}

	/**
	 * Gets ready for a meeting that we have an invitation to.
	 * @param {import('./types.js').JoinAnswer} invitation
	 * @param {Record<string, any>} grants `video` of the token
	 */
	prepare({ ice_servers = [], meeting }, grants) {
		const { peer } = this;
		if (Array.isArray(grants.canPublishSources) && grants.canPublishSources.length > 0)
			peer.allowed = new Set(grants.canPublishSources);
		if (grants.canPublish === false) peer.allowed = new Set();
		if (meeting?.settings?.video_codec) peer.prefer(meeting.settings.video_codec);
		peer.setPlan(guessPlan(meeting));
		return peer.allowed.size > 0 ? peer.prepare(ice_servers) : undefined;
	}

	/**
	 * Offers on this handle.
	 * @param {Handle} handle
	 * @param {() => boolean} socketUp
	 * @returns {Promise<boolean>} whether there was anything to offer
	 */
	async start(handle, socketUp) {
		this.handle = handle;
		this.#announced = this.peer.allowed.size > 0;
		if (this.#announced) await this.peer.start(handle, socketUp);
		return this.#announced;
	}

	/** @param {any} data the answer to `join` */
	joined(data) {
		this.peer.setPlan(tellPlan(this.peer.plan, data.media, data.meeting?.video_codec));
		if (data.layers) this.peer.want(data.layers);
	}

	/**
	 * @param {Source} source
	 * @param {MediaStreamTrack | null} track
	 * @param {boolean} muted
	 */
	async send(source, track, muted) {
		await this.peer.setTrack(source, track, muted);
		this.#announce(source, muted);
	}

	/**
	 * @param {Source} source
	 * @param {boolean} muted
	 * @returns {boolean} whether that is news
	 */
	mute(source, muted) {
		const sent = this.peer.sources.get(source);
		if (!sent || sent.muted === muted) return false;
		sent.muted = muted;
		if (sent.track) sent.track.enabled = !muted;
		this.#announce(source, muted);
		return true;
	}

	/** What comes on the handle for the connection. @param {Record<string, any>} message */
	onMessage(message) {
		if (message.janus === 'hangup') this.#peer?.hungUp();
		const data = message.plugindata?.data;
		if (data?.room === 'layers' && Array.isArray(data.tracks)) this.#peer?.want(data.tracks);
	}

	/** A new connection for a new handle; what we sent goes on being sent. */
	renew() {
		const old = this.#peer;
		this.close();
		this.#peer = null;
		if (!old) return;
		const { peer } = this;
		peer.sources = old.sources;
		peer.allowed = old.allowed;
		peer.plan = old.plan;
	}

	close() {
		this.#peer?.close();
		this.handle = null;
	}

	/**
	 * @param {Source} source
	 * @param {boolean} muted
	 */
	#announce(source, muted) {
		if (!this.#announced || !this.handle) return;
		this.handle.ask({ request: 'configure', tracks: [{ source, muted }] }).catch((error) => {
			if (!muted && error instanceof CuriaError && error.code === 'forbidden') this.#onrefused(source);
			this.#ontrouble(error);
		});
	}
}
