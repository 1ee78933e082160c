/**
 * doorway.js: in front of the meeting, waiting to be let in.
 */
import { CuriaError } from './errors.js';
import { presides } from './floor.js';
import { readClaims } from './rest.js';

/** @typedef {import('./types.js').JoinAnswer} JoinAnswer */

/**
 * Whether this invitation leads straight in, as far as one can know: then the offer need not wait for the seat.
 * @param {JoinAnswer | null} invitation
 */
export function leadsIn(invitation) {
	const { waiting_room: room = 'off', join_before_host: early = true } = invitation?.meeting?.settings ?? {};
	const { attributes, video } = readClaims(invitation?.token ?? '');
	return (room === 'off' && early !== false) || presides(attributes?.['curia.role'] ?? (video?.roomAdmin ? 'host' : ''));
}

/** One wait at a time. */
export class Doorway {
	/** @type {{resolve: () => void, reject: (error: Error) => void} | null} */
	#waits = null;

	get isWaiting() {
		return this.#waits !== null;
	}

	/** Answers when somebody lets us in, throws when that will not be. @returns {Promise<void>} */
	wait() {
		return new Promise((resolve, reject) => {
			this.#waits = { resolve, reject };
		});
	}

	admit() {
		this.#waits?.resolve();
		this.#waits = null;
	}

	/** @param {string} code why we wait no longer */
	leave(code) {
		this.#waits?.reject(new CuriaError(code));
		this.#waits = null;
	}
}
