/**
 * traffic.js: says who comes, goes, and shares a screen.
 */
import { isLive } from '../curia.js';
import { later } from './dom.js';
import { listNames, say } from './say.js';

export class Traffic {
	#first = true;
	#closed = false;
	/** @type {string[]} */
	#came = [];
	/** @type {string[]} */
	#went = [];
	/** @type {Set<string>} */
	#sharing = new Set();

	close() {
		this.#closed = true;
	}

	/** @param {import('../curia/roster.js').Change} change */
	note({ joined, changed, left }) {
		const first = this.#first;
		this.#first = false;
		if (!first) this.#came.push(...joined.map((p) => p.name));
		this.#went.push(...left.filter(({ reason }) => reason !== 'ended').map(({ participant }) => participant.name));
		this.#tell();
		for (const person of [...joined, ...changed]) this.#noteScreen(person, first);
		for (const { participant } of left) this.#sharing.delete(participant.participant);
	}

	/** Says who came and went, together when many do. */
	#tell = later(() => {
		if (this.#closed) return;
		if (this.#came.length > 0) say(`${listNames(this.#came)} joined`, 'user');
		if (this.#went.length > 0) say(`${listNames(this.#went)} left`, 'leave');
		this.#came = [];
		this.#went = [];
	}, 500);

	/**
	 * @param {import('../curia/types.js').Participant} person
	 * @param {boolean} quietly
	 */
	#noteScreen(person, quietly) {
		const live = isLive(person, 'screen_share');
		const before = this.#sharing.has(person.participant);
		if (live) this.#sharing.add(person.participant);
		else this.#sharing.delete(person.participant);
		if (live && !before && !quietly) say(`${person.name} is sharing a screen`, 'screen');
	}
}
