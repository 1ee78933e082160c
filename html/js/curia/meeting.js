/**
 * meeting.js: one seat in one meeting, from `join` to `leave`. See curia.js for how to use it.
 */
import { Board } from './board.js';
import { CuriaError, isFinal, roomError } from './errors.js';
import { PublishPeer } from './publish-peer.js';
import { joinMeeting, readClaims } from './rest.js';
import { JanusSocket } from './socket.js';
import { ViewPeer } from './view-peer.js';

/** @typedef {import('./types.js').Source} Source */
/** @typedef {import('./types.js').Participant} Participant */
/** @typedef {import('./types.js').Slot} Slot */
/** @typedef {import('./types.js').Wish} Wish */
/** @typedef {import('./types.js').MeetingState} MeetingState */
/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */
/** @typedef {import('./handle.js').Handle} Handle */

const PLUGIN = 'janus.plugin.curia.room';
const AUDIO_SLOTS = 3;
const REJOIN_MS = 500;
const FIRST_ATTEMPTS = 3;

/**
 * What a handle answered, or its error.
 * @param {Handle} handle
 * @param {Record<string, any>} body
 */
async function ask(handle, body) {
	const { data } = await handle.message(body);
	if (data.room === 'error') throw roomError(data);
	return data;
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Meeting extends EventTarget {
	/** @type {MeetingState} */
	state = 'idle';
	/** @type {CuriaError | null} why the state is `failed` or `ended` */
	reason = null;
	/** @type {import('./types.js').You | null} */
	you = null;
	/** @type {import('./types.js').MeetingInfo | null} */
	info = null;
	/** Milestones in ms since `join` was called, for whoever measures. @type {Record<string, number>} */
	timing = {};

	#code;
	#name;
	#identity;
	#hostToken;
	#server;
	#videoSlots;
	#socketOptions;
	/** @type {JoinAnswer | null} */
	#invitation = null;
	/** @type {JanusSocket | null} */
	#socket = null;
	/** @type {Handle | null} */
	#publishHandle = null;
	/** @type {Handle | null} */
	#viewHandle = null;
	/** @type {PublishPeer | null} */
	#publish = null;
	/** @type {ViewPeer | null} */
	#view = null;
	#board = new Board({ emit: (type, detail) => this.#emit(type, this.#withStreams(type, detail)),
		sync: (side) => this.#sync(side) });
	/** @type {{slots: Wish[], pinned: string[]} | null} */
	#wishes = null;
	#paused = false;
	#establishing = false;
	#started_ms = 0;
	#announced = false;
	#onOnline = () => this.#socket?.hurry();

	/**
	 * @param {object} options
	 * @param {string} options.code the meeting's code
	 * @param {string} options.name what the others see
	 * @param {string} [options.identity] secret of this client; the same one takes the same seat again
	 * @param {string | null} [options.hostToken] `host_token` of whoever made the meeting
	 * @param {string} [options.server] origin of the server; the page's own when absent
	 * @param {number} [options.videoSlots] how many videos the layout can show at most
	 * @param {JoinAnswer} [options.invitation] a token from elsewhere, instead of asking the server for one
	 * @param {object} [options.socket] options of JanusSocket
	 */
	constructor({ code, name, identity, hostToken = null, server = '', videoSlots = 9, invitation, socket }) {
		super();
		this.#code = code;
		this.#name = name;
		this.#identity = identity;
		this.#hostToken = hostToken;
		this.#server = server;
		this.#videoSlots = videoSlots;
		this.#socketOptions = socket;
		this.#invitation = invitation ?? null;
		if (typeof RTCPeerConnection === 'undefined') throw new CuriaError('unsupported-browser');
	}

	get code() {
		return this.#code;
	}

	get name() {
		return this.#name;
	}

	/** May be changed until `join`. */
	set name(name) {
		if (this.state === 'idle') this.#name = name;
	}

	/** The others, in the order they came. @returns {Participant[]} */
	get participants() {
		return [...this.#board.roster.participants.values()];
	}

	/** @param {string} id */
	participant(id) {
		return this.#board.roster.participants.get(id);
	}

	/** Who is heard. @returns {import('./types.js').Speakers} */
	get speakers() {
		return this.#board.speakers;
	}

	/** Every slot with its stream, audio first. @returns {Slot[]} */
	get slots() {
		return (this.#view?.lines ?? []).map(({ kind, index, transceiver, stream }) => {
			const mid = transceiver.mid ?? '';
			return { ...this.#board.slot(mid, kind), kind, index, stream };
		});
	}

	/** What we send. @returns {Map<Source, {track: MediaStreamTrack | null, muted: boolean}>} */
	get local() {
		return new Map(this.#publishPeer().sources);
	}

	/** The two PeerConnections and the socket, for statistics and tests. */
	get transport() {
		return { socket: this.#socket, publish: this.#publish?.pc ?? null, view: this.#view?.pc ?? null };
	}

	/** Does ahead of time what needs no answer from anybody; `join` is quicker after it. */
	prepare() {
		this.#publishPeer().warm();
		this.#viewPeer().warm();
	}

	/** Takes the seat. Answers once we are in; sound and picture follow within moments. */
	async join() {
		if (this.state !== 'idle') throw new CuriaError('already-joined');
		this.#started_ms = performance.now();
		this.#setState('connecting');
		try {
			const inviting = this.#invite(); /* on its way before the work of the next line begins */
			this.prepare();
			const invitation = await inviting;
			this.#mark('invited');
			this.#socket = this.#makeSocket(invitation);
			await Promise.all([this.#socket.open(), this.#warm(invitation)]);
			this.#mark('socket');
			await this.#firstEstablish();
			globalThis.addEventListener?.('online', this.#onOnline);
		} catch (error) {
			this.#fail(error);
			throw this.reason ?? error;
		}
	}

	/**
	 * Sends a track, or replaces the one that was sent. With `muted` the others see a mute mark and nothing is shown.
	 * @param {Source} source
	 * @param {MediaStreamTrack | null} track
	 * @param {{muted?: boolean}} [options]
	 */
	async send(source, track, { muted = track === null } = {}) {
		await this.#publishPeer().setTrack(source, track, muted);
		this.#announce(source, muted);
		this.#emit('local', { source });
	}

	/**
	 * Mutes or unmutes what is sent already.
	 * @param {Source} source
	 * @param {boolean} muted
	 */
	mute(source, muted) {
		const sent = this.#publishPeer().sources.get(source);
		if (!sent || sent.muted === muted) return;
		sent.muted = muted;
		if (sent.track) sent.track.enabled = !muted;
		this.#announce(source, muted);
		this.#emit('local', { source });
	}

	/** @param {string} name what the others see from now on */
	async rename(name) {
		this.#name = name;
		if (this.#publishHandle) await ask(this.#publishHandle, { request: 'configure', name });
	}

	/**
	 * What each video slot should show and how tall it is on the page; the server fills "auto" slots by itself.
	 * @param {Wish[]} slots
	 * @param {string[]} [pinned] participants that come first
	 */
	wish(slots, pinned = []) {
		this.#wishes = { slots, pinned };
		this.#sendWishes();
	}

	/** Stops or resumes all video that comes in: for pages nobody looks at. @param {boolean} paused */
	pause(paused) {
		if (this.#paused === paused) return;
		this.#paused = paused;
		this.#sendPause();
	}

	/** Leaves the meeting. Tracks that were sent stay with whoever made them. */
	async leave() {
		if (this.state === 'left' || this.state === 'ended' || this.state === 'failed') return;
		const handle = this.#publishHandle;
		this.#setState('left');
		if (handle && this.#socket?.state === 'open')
			await Promise.race([ask(handle, { request: 'leave' }).catch(() => {}), sleep(700)]);
		this.#close();
	}

	/** getStats of both sides. */
	async stats() {
		const { publish, view } = this.transport;
		return { publish: await publish?.getStats(), view: await view?.getStats() };
	}

	/* ---- joining ---- */

	async #invite() {
		this.#invitation ??= await this.#askInvitation();
		return this.#invitation;
	}

	#askInvitation() {
		const who = { name: this.#name, ...(this.#identity ? { identity: this.#identity } : {}) };
		return joinMeeting(this.#code, who, { server: this.#server, token: this.#hostToken });
	}

	/** @param {JoinAnswer} invitation */
	#makeSocket(invitation) {
		const socket = new JanusSocket({ url: invitation.url, token: invitation.token, options: this.#socketOptions,
			refresh: async () => (this.#invitation = await this.#askInvitation()).token });
		socket.addEventListener('state', () => this.#onSocketState());
		socket.addEventListener('lost', (event) => this.#onLost(/** @type {CustomEvent} */ (event).detail.reason));
		return socket;
	}

	/** @param {JoinAnswer} invitation */
	async #warm(invitation) {
		const servers = invitation.ice_servers ?? [];
		const codec = invitation.meeting?.settings?.video_codec;
		if (codec) for (const peer of [this.#publishPeer(), this.#viewPeer()]) peer.prefer(codec);
		const video = readClaims(invitation.token).video ?? {};
		if (Array.isArray(video.canPublishSources) && video.canPublishSources.length > 0)
			this.#publishPeer().allowed = new Set(video.canPublishSources);
		if (video.canPublish === false) this.#publishPeer().allowed = new Set();
		await Promise.all([this.#publishPeer().prepare(servers), this.#viewPeer().prepare(servers)]);
	}

	/** A session that is lost while we come in is made again. */
	async #firstEstablish() {
		this.#establishing = true;
		for (let attempt = 1; ; attempt++) {
			try {
				await this.#establish();
				break;
			} catch (error) {
				const again = error instanceof CuriaError && error.code === 'session-lost' && this.state === 'connecting';
				if (!again || attempt === FIRST_ATTEMPTS || this.#socket?.state === 'closed') throw error;
				this.#renewPeers();
			}
		}
		this.#establishing = false;
	}

	/** A session, two handles, the seat, the offers: as few round trips as there can be. */
	async #establish() {
		const socket = /** @type {JanusSocket} */ (this.#socket);
		await socket.create();
		const [publishHandle, viewHandle] = await Promise.all([socket.attach(PLUGIN), socket.attach(PLUGIN)]);
		this.#mark('attached');
		this.#publishHandle = publishHandle;
		this.#viewHandle = viewHandle;
		this.#announced = false;
		publishHandle.onevent = (message) => this.#onPublishEvent(message);
		viewHandle.onevent = (message) => this.#onViewEvent(message);
		const joining = ask(publishHandle, { request: 'join', token: this.#invitation?.token });
		/* A handle's requests are carried out in order, so the offer need not wait for the seat. */
		const up = () => socket.state === 'open';
		if (this.#publishPeer().allowed.size > 0) {
			this.#announced = true;
			this.#publishPeer().start(publishHandle, up).then(() => this.#mark('published'))
				.catch((error) => this.#onTrouble(error));
		}
		const joined = await joining;
		if (this.state !== 'connecting' && this.state !== 'reconnecting') return;
		this.#onJoined(joined);
		if (this.you?.can.subscribe !== false) {
			this.#viewPeer().ticket = this.you?.ticket ?? null;
			this.#viewPeer().start(viewHandle, up).then(() => this.#mark('subscribed'))
				.catch((error) => this.#onTrouble(error));
		}
		this.#setState('connected');
	}

	/** @param {any} data */
	#onJoined(data) {
		this.#mark('joined');
		this.you = data.you;
		this.info = { ...this.#invitation?.meeting, ...data.meeting };
		if (data.media) this.#publishPeer().setLimits(data.media);
		this.#board.joined(data);
	}

	#publishPeer() {
		this.#publish ??= this.#watch(new PublishPeer());
		return this.#publish;
	}

	#viewPeer() {
		if (!this.#view) {
			this.#view = this.#watch(new ViewPeer({ audio: AUDIO_SLOTS, video: this.#videoSlots }));
			this.#view.onsubscribed = (data) => this.#onSubscribed(data);
		}
		return this.#view;
	}

	/**
	 * @template {PublishPeer | ViewPeer} P
	 * @param {P} peer
	 * @returns {P}
	 */
	#watch(peer) {
		peer.addEventListener('change', () => this.#onPeerState());
		peer.addEventListener('trouble', (event) => this.#onTrouble(/** @type {CustomEvent} */ (event).detail.error));
		return peer;
	}

	/* ---- what the server says ---- */

	/** @param {Record<string, any>} message */
	#onPublishEvent(message) {
		if (message.janus === 'hangup') this.#publish?.hungUp();
		if (message.janus === 'detached') this.#onDetached();
		const data = message.plugindata?.data;
		if (data?.room === 'roster') this.#board.rosterDelta(data);
		else if (data?.room === 'speakers') this.#board.speakersNow(data);
		else if (data?.room === 'ended') this.#onEnded(data.reason);
	}

	/** @param {Record<string, any>} message */
	#onViewEvent(message) {
		if (message.janus === 'hangup') this.#view?.hungUp();
		if (message.janus === 'detached') this.#onDetached();
		const data = message.plugindata?.data;
		if (data?.room === 'slots') this.#board.slotsDelta(data);
		else if (data?.room === 'ended') this.#onEnded(data.reason);
	}

	/** @param {any} data */
	#onSubscribed(data) {
		this.#board.subscribed(data);
		if (this.#wishes) this.#sendWishes();
		if (this.#paused) this.#sendPause();
	}

	/**
	 * Asks one side for its whole state.
	 * @param {'publish' | 'view'} side
	 */
	async #sync(side) {
		const handle = side === 'publish' ? this.#publishHandle : this.#viewHandle;
		if (!handle) return null;
		try {
			return await ask(handle, { request: 'sync' });
		} catch (error) {
			this.#onTrouble(error);
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
		return { changed: this.slots.filter(({ mid }) => detail.changed.includes(mid)) };
	}

	/** @param {string} reason */
	#onEnded(reason) {
		if (this.state === 'left' || this.state === 'ended') return;
		this.reason = new CuriaError(reason === 'replaced' ? 'replaced' : 'ended', reason);
		this.#setState('ended');
		this.#close();
	}

	/* ---- what we say ---- */

	/**
	 * @param {Source} source
	 * @param {boolean} muted
	 */
	#announce(source, muted) {
		if (!this.#announced || !this.#publishHandle) return;
		ask(this.#publishHandle, { request: 'configure', tracks: [{ source, muted }] })
			.catch((error) => this.#onTrouble(error));
	}

	#sendWishes() {
		if (!this.#wishes || !this.#viewHandle || !this.#board.isSubscribed) return;
		const lines = (this.#view?.lines ?? []).filter((line) => line.kind === 'video');
		const slots = this.#wishes.slots.flatMap(({ slot, ...wish }) => {
			const mid = lines[slot]?.transceiver.mid;
			return mid ? [{ mid, ...wish }] : [];
		});
		ask(this.#viewHandle, { request: 'view', slots, pinned: this.#wishes.pinned })
			.catch((error) => this.#onTrouble(error));
	}

	#sendPause() {
		if (!this.#viewHandle || !this.#board.isSubscribed) return;
		ask(this.#viewHandle, { request: 'pause', paused: this.#paused }).catch((error) => this.#onTrouble(error));
	}

	/* ---- trouble ---- */

	#onSocketState() {
		const up = this.#socket?.state === 'open';
		if (!up && this.state === 'connected') this.#setState('reconnecting');
		if (up && this.state === 'reconnecting' && !this.#establishing) this.#setState('connected');
	}

	#onPeerState() {
		const { publish, view } = this.transport;
		if (view?.connectionState === 'connected') this.#mark('view');
		if (publish?.connectionState === 'connected') this.#mark('publish');
		this.#emit('media', { publish: this.#publish?.state, view: this.#view?.state });
	}

	/** The session is gone. @param {CuriaError} reason */
	#onLost(reason) {
		if (this.#socket?.state === 'closed') this.#fail(reason);
		else this.#rejoin();
	}

	#onDetached() {
		if (this.state === 'connected' || this.state === 'reconnecting') this.#rejoin();
	}

	/** Takes the same seat again in a new session, until that works or can never work. */
	async #rejoin() {
		if (this.#establishing || !['connected', 'reconnecting'].includes(this.state)) return;
		this.#establishing = true;
		this.#setState('reconnecting');
		while (this.state === 'reconnecting') {
			try {
				this.#renewPeers();
				await this.#establish();
			} catch (error) {
				if (isFinal(error)) this.#fail(error);
				else await this.#freshInvitation();
			}
		}
		this.#establishing = false;
	}

	async #freshInvitation() {
		await sleep(REJOIN_MS);
		try {
			this.#invitation = await this.#askInvitation();
			this.#socket?.setToken(this.#invitation.token);
		} catch (error) {
			if (isFinal(error)) this.#fail(error);
		}
	}

	/** New connections for new handles; what we sent goes on being sent. */
	#renewPeers() {
		const sources = this.#publish?.sources;
		const allowed = this.#publish?.allowed;
		const limits = this.#publish?.limits;
		this.#publish?.close();
		this.#view?.close();
		this.#publish = this.#view = null;
		this.#board.unsubscribed();
		const peer = this.#publishPeer();
		if (sources) peer.sources = sources;
		if (allowed) peer.allowed = allowed;
		if (limits) peer.limits = limits;
		this.#viewPeer();
		if (this.#invitation) this.#warm(this.#invitation).catch(() => {});
	}

	/** @param {unknown} error something that did not work, though the meeting goes on */
	#onTrouble(error) {
		if (!['connected', 'reconnecting', 'connecting'].includes(this.state)) return;
		if (error instanceof CuriaError && error.code === 'session-lost') return;
		this.#emit('trouble', { error });
	}

	/** @param {unknown} error */
	#fail(error) {
		if (this.state === 'left' || this.state === 'ended' || this.state === 'failed') return;
		this.reason = error instanceof CuriaError ? error : new CuriaError('internal', String(error), { cause: error });
		const over = this.reason.code === 'meeting-ended' || this.reason.code === 'ended';
		this.#setState(over && this.you ? 'ended' : 'failed');
		this.#close();
	}

	#close() {
		globalThis.removeEventListener?.('online', this.#onOnline);
		this.#publish?.close();
		this.#view?.close();
		this.#socket?.close();
		this.#publishHandle = this.#viewHandle = null;
	}

	/** @param {string} milestone */
	#mark(milestone) {
		this.timing[milestone] ??= Math.round(performance.now() - this.#started_ms);
	}

	/** @param {MeetingState} state */
	#setState(state) {
		if (this.state === state) return;
		const previous = this.state;
		this.state = state;
		this.#emit('state', { state, previous, reason: this.reason });
	}

	/**
	 * @param {string} type
	 * @param {unknown} detail
	 */
	#emit(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}
}
