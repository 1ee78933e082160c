/**
 * sound.js: plays the voices, and tells somebody who talks into a muted microphone.
 */
import { LevelMeter } from '../curia.js';
import { byId } from './dom.js';
import { preferences } from './memory.js';
import { say } from './say.js';

const QUIET_HINT_MS = 60000;

export class Sound {
	/** The browser keeps the sound off until somebody clicks. */
	isBlocked = false;

	/** @type {Map<number, HTMLAudioElement>} */
	#players = new Map();
	#onchange;

	/** @param {() => void} onchange */
	constructor(onchange) {
		this.#onchange = onchange;
	}

	/** @param {import('../curia/types.js').Slot[]} slots */
	play(slots) {
		for (const slot of slots) {
			if (slot.kind !== 'audio') continue;
			const player = this.#player(slot.index);
			if (player.srcObject === slot.stream) continue;
			player.srcObject = slot.stream;
			this.#start(player);
		}
	}

	/** Tries again what the browser refused. */
	unblock() {
		this.isBlocked = false;
		for (const player of this.#players.values()) this.#start(player);
		this.#onchange();
	}

	/** @param {string} id the speaker to use */
	use(id) {
		for (const player of this.#players.values()) sink(player, id);
	}

	close() {
		for (const player of this.#players.values()) player.srcObject = null;
		byId('audio').replaceChildren();
	}

	/** @param {number} index */
	#player(index) {
		let player = this.#players.get(index);
		if (player) return player;
		player = new Audio();
		player.autoplay = true;
		this.#players.set(index, player);
		byId('audio').append(player);
		sink(player, preferences().speakerId);
		return player;
	}

	/** @param {HTMLAudioElement} player */
	#start(player) {
		player.play().catch((error) => {
			if (error.name === 'NotAllowedError') this.isBlocked = true;
			this.#onchange();
		});
	}
}

/**
 * @param {any} player
 * @param {string} id
 */
function sink(player, id) {
	if (id && 'setSinkId' in player) player.setSinkId(id).catch(() => {});
}

/** Listens to a microphone that is off, and says so when it hears somebody talk. */
export class MuteHint {
	/** @type {LevelMeter | null} */
	#meter = null;
	/** @type {MediaStreamTrack | null} */
	#track = null;
	#loud = 0;
	#hinted_ms = 0;

	/** @param {MediaStreamTrack | null} track the muted microphone, or null */
	listen(track) {
		if (track === null) this.#loud = 0;
		if (track === this.#track) return;
		this.#meter?.stop();
		this.#track = track;
		this.#meter = track ? new LevelMeter(track, (level) => this.#onLevel(level)) : null;
	}

	close() {
		this.#meter?.stop();
	}

	/** @param {number} level */
	#onLevel(level) {
		this.#loud = level > 0.65 ? this.#loud + 1 : Math.max(0, this.#loud - 0.5);
		if (this.#loud < 14 || Date.now() - this.#hinted_ms < QUIET_HINT_MS) return;
		this.#hinted_ms = Date.now();
		say('Your microphone is off', 'mic-off');
	}
}
