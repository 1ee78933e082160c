/**
 * feed.js: the calls of several tokens as one list, newest first, page by page.
 */

/** @typedef {{id: string, code: string, title: string, started_at: string, ended_at: string | null, end_reason: string | null,
 *             duration_ms: number, people: number, join_failures: number, node: string}} Call */
/** @typedef {{calls: Call[], next_cursor: string | null}} Page */

/**
 * @param {((cursor: string | null) => Promise<Page>)[]} sources each gives its pages, newest first
 */
export function feed(sources) {
	const lanes = sources.map((read) => ({ read, calls: /** @type {Call[]} */ ([]), cursor: /** @type {string | null} */ (null),
		ended: false }));

	/** @param {typeof lanes[0]} lane */
	async function fill(lane) {
		if (lane.calls.length || lane.ended) return;
		const page = await lane.read(lane.cursor);
		lane.calls = page.calls;
		lane.cursor = page.next_cursor;
		lane.ended = page.next_cursor === null;
	}

	return {
		/** The next calls, at most `most`. @param {number} most @returns {Promise<Call[]>} */
		async next(most) {
			const found = [];
			while (found.length < most) {
				await Promise.all(lanes.map(fill));
				const lane = lanes.filter(({ calls }) => calls.length)
					.sort((a, b) => (a.calls[0].started_at < b.calls[0].started_at ? 1 : -1))[0];
				if (!lane) break;
				found.push(/** @type {Call} */ (lane.calls.shift()));
			}
			return found;
		},
		/** Whether there is nothing left for certain. */
		get ended() {
			return lanes.every(({ calls, ended }) => ended && !calls.length);
		},
	};
}
