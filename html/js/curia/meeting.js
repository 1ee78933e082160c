/**
 * meeting.js: one seat in one meeting, from `join` to `leave`. See curia.js for how to use it. The parts: seat.js takes the
 * seat and keeps it; of its two sides (sides.js) publishing.js sends and viewing.js receives; board.js knows what the server said.
 */
import { CuriaError } from './errors.js';
import { Reporter } from './reporter.js';
import { Seat, sleep } from './seat.js';
import { Sides } from './sides.js';

/** @typedef {import('./types.js').Source} Source */
/** @typedef {import('./types.js').Participant} Participant */
/** @typedef {import('./types.js').Slot} Slot */
/** @typedef {import('./types.js').Wish} Wish */
/** @typedef {import('./types.js').MeetingState} MeetingState */
/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */
/** @typedef {import('./handle.js').Handle} Handle */
/** @typedef {string | null | (() => Promise<string | null>)} TokenSource */

const FAREWELL_MS = 700;
const OVER = new Set(['left', 'ended', 'failed']);
/* Why one waits no longer. */
const WHY_OUTSIDE = Object.freeze({ denied: 'denied', kicked: 'removed', replaced: 'replaced' });

export class Meeting extends EventTarget {
	/** @type {MeetingState} */
	state = 'idle';
	/** @type {CuriaError | null} why the state is `failed` or `ended` */
	reason = null;
	/** What is waited for in the state `waiting`. @type {'host' | 'waiting-room' | null} */
	waitsFor = null;
	/** @type {import('./types.js').MeetingInfo | null} */
	info = null;
	/** Milestones in ms since `join` was called, for whoever measures. @type {Record<string, number>} */
	timing = {};

	#code;
	#name;
	#password = '';
	/** @type {Sides} */
	#sides;
	/** @type {Seat} */
	#seat;
	#started_ms = 0;
	/** @type {Reporter} */
	#reporter = new Reporter(this, (figures) => this.#sides.viewing.report(figures));

	/**
	 * @param {object} options
	 * @param {string} options.code the meeting's code
	 * @param {string} options.name what the others see
	 * @param {string} [options.identity] secret of this client; the same one takes the same seat again
	 * @param {TokenSource} [options.hostToken] `host_token` of whoever made the meeting, a token that invites, or an account's
	 *     access token; a function is asked each time, for tokens that do not live long
	 * @param {string} [options.password] of a meeting that has one
	 * @param {'viewer' | 'participant'} [options.role] viewers watch only; what the token says counts before this
	 * @param {string} [options.server] origin of the server; the page's own when absent
	 * @param {number} [options.videoSlots] how many videos the layout can show at most
	 * @param {JoinAnswer} [options.invitation] a token from elsewhere, instead of asking the server for one
	 * @param {object} [options.socket] options of JanusSocket
	 * @param {RTCIceTransportPolicy} [options.iceTransportPolicy] 'relay': sound and picture over TURN servers only
	 */
	constructor({ code, name, identity, hostToken = null, password = '', role, server = '', videoSlots = 9, invitation, socket,
		iceTransportPolicy }) {
		super();
		if (typeof RTCPeerConnection === 'undefined') throw new CuriaError('unsupported-browser');
		this.#code = code;
		this.#name = name;
		this.#password = password;
		this.#sides = new Sides({ video: videoSlots, policy: iceTransportPolicy }, {
			emit: (type, detail) => this.#emit(type, detail), ontrouble: (error) => this.#onTrouble(error),
			onpeer: () => this.#onPeerState(), ondetached: () => this.#onDetached(), onended: (reason) => this.#onEnded(reason),
			onmuted: (source, by) => this.#onMuted(source, { by, refused: false }),
			onrefused: (source) => this.#onMuted(source, { by: null, refused: true }), onwaiting: (reason) => this.#onWaiting(reason),
			mark: (milestone) => this.#mark(milestone) });
		const who = () => ({ name: this.#name, ...(identity ? { identity } : {}), ...(role ? { role } : {}),
			...(this.#password ? { password: this.#password } : {}) });
		this.#seat = new Seat({ code, who, hostToken, server, invitation: invitation ?? null, socket }, {
			prepare: () => this.prepare(), warm: (answer) => this.#sides.warm(answer),
			sit: (publish, view) => this.#sit(publish, view), renew: () => this.#sides.renew(),
			onsocket: (up) => this.#onSocket(up), onlost: () => this.#setState('reconnecting'),
			onbroken: () => this.#onBroken(),
			onfailed: (error) => this.#fail(error), mark: (milestone) => this.#mark(milestone) });
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

	/** May be set until `join`. @param {string} password */
	set password(password) {
		if (this.state === 'idle') this.#password = password;
	}

	/** Who we are in the meeting, and what we may. */
	get you() {
		return this.#sides.floor.you;
	}

	/** The meeting's rules. */
	get settings() {
		return this.#sides.floor.settings;
	}

	/** Raised hands in order, ours included. */
	get hands() {
		return this.#sides.floor.hands;
	}

	/** Participants whom everybody is shown. */
	get spotlight() {
		return this.#sides.floor.spotlight;
	}

	/** Who waits to be let in, for those who may admit: `list`, and how many `more`. */
	get waiting() {
		return this.#sides.floor.waiting;
	}

	/** Whether we may do this here: an action of `you.can.actions`. @param {string} action */
	may(action) {
		return this.#sides.floor.may(action);
	}

	/** Whether our role lets us do something to this participant, apart from what it is. @param {Participant} person */
	mayTouch(person) {
		return this.#sides.floor.mayTouch(person);
	}

	/** The others, in the order they came. @returns {Participant[]} */
	get participants() {
		return [...this.#sides.board.roster.participants.values()];
	}

	/** How many watch who are in no list. */
	get viewers() {
		return this.#sides.board.roster.viewers;
	}

	/** @param {string} id */
	participant(id) {
		return this.#sides.board.roster.participants.get(id);
	}

	/** Who is heard. @returns {import('./types.js').Speakers} */
	get speakers() {
		return this.#sides.board.speakers;
	}

	/** Every slot with its stream, audio first. @returns {Slot[]} */
	get slots() {
		return this.#sides.viewing.slots;
	}

	/** What we send. @returns {Map<Source, {track: MediaStreamTrack | null, muted: boolean}>} */
	get local() {
		return new Map(this.#sides.publishing.peer.sources);
	}

	/** The two PeerConnections and the socket, for statistics and tests. */
	get transport() {
		return { socket: this.#seat.socket, publish: this.#sides.publishing.pc, view: this.#sides.viewing.pc };
	}

	/** Does ahead of time what needs no answer from anybody; `join` is quicker after it. */
	prepare() {
		this.#sides.prepare();
	}

	/** Takes the seat. Answers once we are in; sound and picture follow within moments. */
	async join() {
		if (this.state !== 'idle') throw new CuriaError('already-joined');
		this.#started_ms = performance.now();
		this.#setState('connecting');
		try {
			await this.#seat.take();
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
		await this.#sides.publishing.send(source, track, muted);
		this.#emit('local', { source });
	}

	/**
	 * Mutes or unmutes what is sent already.
	 * @param {Source} source
	 * @param {boolean} muted
	 */
	mute(source, muted) {
		if (this.#sides.publishing.mute(source, muted)) this.#emit('local', { source });
	}

	/** @param {string} name what the others see from now on */
	async rename(name) {
		const answer = await this.#ask({ request: 'rename', name });
		this.#name = answer.name ?? name;
		this.#sides.floor.renamed(this.#name);
	}

	/** Raises our hand, or lowers it. @param {boolean} [raised] */
	async raiseHand(raised = true) {
		await this.#ask({ request: 'raise_hand', raised });
	}

	/** Shows everybody how we feel. @param {string} emoji one of 👍 👏 ❤️ 😂 😮 🎉 🙏 👋 */
	async react(emoji) {
		await this.#ask({ request: 'react', emoji });
	}

	/**
	 * Runs the meeting; each action needs its right, see `may`.
	 *
	 * mute {participant | all, source}; ask_unmute {participant, source}; stop {participant, source}; remove {participant, ban};
	 * admit, deny {id | all}; lower_hand {participant | all}; spotlight {participants}; role {participant, role}; lock {locked}; end.
	 * @param {string} action
	 * @param {Record<string, any>} [what]
	 */
	async moderate(action, what = {}) {
		await this.#ask({ request: 'moderate', action, ...what });
	}

	/** @param {Record<string, any>} body */
	async #ask(body) {
		const { handle } = this.#sides.publishing;
		if (!handle) throw new CuriaError('join-first');
		return handle.ask(body);
	}

	/**
	 * What each video slot should show and how tall it is on the page; the server fills "auto" slots by itself.
	 * @param {Wish[]} slots
	 * @param {string[]} [pinned] participants that come first
	 */
	wish(slots, pinned = []) {
		this.#sides.viewing.wish(slots, pinned);
	}

	/** Stops or resumes all video that comes in: for pages nobody looks at. @param {boolean} paused */
	pause(paused) {
		this.#sides.viewing.pause(paused);
	}

	/** Leaves the meeting. Tracks that were sent stay with whoever made them. */
	async leave() {
		if (OVER.has(this.state)) return;
		const { handle } = this.#sides.publishing;
		this.#setState('left');
		if (handle && this.#seat.isUp())
			await Promise.race([handle.ask({ request: 'leave' }).catch(() => {}), sleep(FAREWELL_MS)]);
		this.#close();
	}

	/** getStats of both sides. */
	async stats() {
		const { publish, view } = this.transport;
		const [sent, received] = await Promise.all([publish?.getStats(), view?.getStats()]);
		return { publish: sent, view: received };
	}

	/** What the server estimates and decided for each slot, or null. @returns {Promise<import('./types.js').Quality | null>} */
	quality() {
		return this.#sides.viewing.quality();
	}

	/** Which layers of what we send anybody receives; null when the server has not said. @param {Source} source */
	wanted(source) {
		return this.#sides.publishing.peer.wanted(source);
	}

	/** What we send in this m-line. @param {string} mid */
	sourceOf(mid) {
		return this.#sides.publishing.peer.sourceOf(mid);
	}

	/* ---- the seat ---- */

	/**
	 * @param {Handle} publish
	 * @param {Handle} view
	 */
	async #sit(publish, view) {
		await this.#sides.sit({ publish, view }, this.#seat.invitation, this.#seat.isUp, (joined) => this.#onJoined(joined));
		if (OVER.has(this.state)) return;
		this.#setState('connected');
		this.#reporter.start();
	}

	/** @param {any} data */
	#onJoined(data) {
		if (OVER.has(this.state)) return false;
		this.#mark('joined');
		this.waitsFor = null;
		this.info = { ...this.#seat.invitation?.meeting, ...data.meeting };
		return true;
	}

	/** @param {string} reason */
	#onWaiting(reason) {
		const still = this.state === 'waiting'; /* for somebody else by now */
		this.waitsFor = reason === 'host' ? 'host' : 'waiting-room';
		if (still) this.#emit('state', { state: 'waiting', previous: 'waiting', reason: null });
		else this.#setState('waiting');
	}

	/** The session went while we came in. @returns {boolean} whether we waited at the door: then we ask again */
	#onBroken() {
		const waited = this.#sides.doorway.isWaiting;
		this.#sides.doorway.leave('session-lost');
		return waited;
	}

	/**
	 * @param {import('./types.js').Source} source
	 * @param {{by: string | null, refused: boolean}} why
	 */
	#onMuted(source, why) {
		this.mute(source, true);
		this.#emit('muted', { source, ...why });
	}

	#onDetached() {
		this.#onBroken();
		if (['connected', 'reconnecting'].includes(this.state)) this.#seat.retake();
	}

	/** @param {string} reason */
	#onEnded(reason) {
		if (this.state === 'left' || this.state === 'ended') return;
		if (reason === 'moved') {
			if (!this.#onBroken()) this.#seat.move();
			return;
		}
		if (this.#sides.doorway.isWaiting) {
			this.#sides.doorway.leave(WHY_OUTSIDE[/** @type {keyof typeof WHY_OUTSIDE} */ (reason)] ?? 'meeting-ended');
			return;
		}
		this.reason = new CuriaError(['replaced', 'kicked'].includes(reason) ? reason : 'ended', reason);
		this.#setState('ended');
		this.#close();
	}

	/* ---- trouble ---- */

	/** @param {boolean} up */
	#onSocket(up) {
		if (!up && this.state === 'connected') this.#setState('reconnecting');
		if (up && this.state === 'reconnecting' && !this.#seat.isEstablishing) this.#setState('connected');
	}

	#onPeerState() {
		const { publish, view } = this.transport;
		if (view?.connectionState === 'connected') this.#mark('view');
		if (publish?.connectionState === 'connected') this.#mark('publish');
		this.#emit('media', { publish: publish?.connectionState, view: view?.connectionState });
	}

	/** @param {unknown} error something that did not work, though the meeting goes on */
	#onTrouble(error) {
		if (!['connected', 'reconnecting', 'connecting', 'waiting'].includes(this.state)) return;
		if (error instanceof CuriaError && error.code === 'session-lost') return;
		this.#emit('trouble', { error });
	}

	/** @param {unknown} error */
	#fail(error) {
		if (OVER.has(this.state)) return;
		this.reason = error instanceof CuriaError ? error : new CuriaError('internal', String(error), { cause: error });
		const over = this.reason.code === 'meeting-ended' || this.reason.code === 'ended';
		this.#setState(over && this.you ? 'ended' : 'failed');
		this.#close();
	}

	#close() {
		this.#reporter.stop();
		this.#sides.close();
		this.#seat.close();
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
