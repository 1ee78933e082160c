/**
 * quality.js: what two looks at getStats say of the line: what is sent, what comes in, how well. Pure but for QualityReader.
 *
 * @typedef {import('./types.js').Source} Source
 * @typedef {import('./types.js').Slot} Slot
 * @typedef {import('./types.js').Quality} Quality
 * @typedef {'good' | 'fair' | 'poor'} Rate
 * @typedef {{key: string, source: Source, rid: string | null, active: boolean, width: number, height: number, fps: number,
 *            bps: number, loss: number, limit: 'bandwidth' | 'cpu' | null}} Sent one stream that goes out
 * @typedef {{mid: string, participant: string, source: Source, kind: 'audio' | 'video', layer: number | null,
 *            layers: number | null, paused: string | null, width: number, height: number, fps: number, bps: number,
 *            loss: number, freezes: number, freezes_total: number}} Received one slot that somebody is in
 * @typedef {{rtt_ms: number | null, sent: Sent[], received: Received[]}} Sample
 * @typedef {Map<string, any>} Report getStats, by id
 */

/** Rows of a report of one type. @param {Report | undefined} report @param {string} type */
const rows = (report, type) => [...(report?.values() ?? [])].filter((row) => row.type === type);

/**
 * How much a counter grew; a counter that started over counts from nothing.
 * @param {any} now
 * @param {any} before
 * @param {string} field
 */
function grown(now, before, field) {
	const value = now[field] ?? 0;
	const old = before?.[field] ?? 0;
	return value >= old ? value - old : value;
}

/** @param {any} now @param {any} before @param {string} field bytes */
function bitrate(now, before, field) {
	const ms = before ? now.timestamp - before.timestamp : 0;
	return ms > 0 ? Math.round(grown(now, before, field) * 8000 / ms) : 0;
}

/**
 * @param {Report | undefined} report of the PeerConnection that sends
 * @param {Report | undefined} before an earlier one
 * @param {(mid: string) => Source | null} sourceOf
 * @returns {Sent[]} highest layer first
 */
export function sentRows(report, before, sourceOf) {
	const remote = new Map(rows(report, 'remote-inbound-rtp').map((row) => [row.localId, row]));
	const sent = rows(report, 'outbound-rtp').flatMap((row) => {
		const source = sourceOf(row.mid ?? '');
		if (!source) return [];
		const reason = row.qualityLimitationReason;
		return [{ key: `${source}/${row.rid ?? row.ssrc}`, source, rid: row.rid ?? null, active: row.active !== false,
			width: row.frameWidth ?? 0, height: row.frameHeight ?? 0, bps: bitrate(row, before?.get(row.id), 'bytesSent'),
			fps: grown(row, before?.get(row.id), 'framesSent') > 0 ? Math.round(row.framesPerSecond ?? 0) : 0,
			loss: remote.get(row.id)?.fractionLost ?? 0,
			limit: reason === 'bandwidth' || reason === 'cpu' ? reason : null }];
	});
	const order = 'hml';
	return sent.sort((a, b) => a.source.localeCompare(b.source) || order.indexOf(a.rid ?? '') - order.indexOf(b.rid ?? ''));
}

/**
 * @param {Report | undefined} report of the PeerConnection that receives
 * @param {Report | undefined} before
 * @param {Slot[]} slots
 * @returns {Received[]} slots that somebody is in, as they come
 */
export function receivedRows(report, before, slots) {
	const inbound = rows(report, 'inbound-rtp');
	return slots.flatMap((slot) => {
		if (!slot.participant || !slot.source) return [];
		const track = slot.stream?.getTracks?.()[0]?.id;
		const now = inbound.find((row) => (row.mid === undefined ? row.trackIdentifier === track : row.mid === slot.mid)) ?? {};
		const old = before?.get(now.id);
		const lost = grown(now, old, 'packetsLost');
		const got = grown(now, old, 'packetsReceived');
		const frames = grown(now, old, 'framesDecoded');
		return [{ mid: slot.mid, participant: slot.participant, source: slot.source, kind: slot.kind, layer: slot.layer,
			layers: slot.layers, paused: slot.paused, width: now.frameWidth ?? 0, height: now.frameHeight ?? 0,
			fps: frames > 0 ? Math.round(now.framesPerSecond ?? 0) : 0, bps: bitrate(now, old, 'bytesReceived'),
			loss: lost + got > 0 ? lost / (lost + got) : 0, freezes: old ? grown(now, old, 'freezeCount') : 0,
			freezes_total: now.freezeCount ?? 0 }];
	});
}

/**
 * The round trip to the server, in ms.
 * @param {(Report | undefined)[]} reports
 * @returns {number | null}
 */
export function roundTrip(reports) {
	const times = reports.flatMap((report) => {
		const used = new Set(rows(report, 'transport').map((row) => row.selectedCandidatePairId));
		const pairs = rows(report, 'candidate-pair').filter((row) => used.has(row.id) || (used.size === 0 && row.nominated));
		return pairs.map((row) => row.currentRoundTripTime).filter((time) => typeof time === 'number');
	});
	return times.length > 0 ? Math.round(Math.max(...times) * 1000) : null;
}

/** The worse of two or more. @param {...Rate} rates @returns {Rate} */
export const worst = (...rates) => (rates.includes('poor') ? 'poor' : rates.includes('fair') ? 'fair' : 'good');

/** @param {number} value @param {number} fair @param {number} poor @returns {Rate} from which value on it is worse */
const grade = (value, fair, poor) => (value >= poor ? 'poor' : value >= fair ? 'fair' : 'good');

/** How well somebody's sound or picture arrives. @param {Received} row @returns {Rate} */
export function rateReceived({ paused, loss, freezes }) {
	if (paused === 'bandwidth') return 'poor';
	if (paused !== null) return 'good'; /* nothing is meant to come */
	return worst(grade(loss, 0.03, 0.1), grade(freezes, 1, 2));
}

/** How well what we send gets away. @param {Sample} sample @returns {Rate} */
export function rateSent({ sent, rtt_ms }) {
	const active = sent.filter((row) => row.active && row.bps > 0);
	const loss = Math.max(0, ...active.map((row) => row.loss));
	const narrow = active.some((row) => row.limit === 'bandwidth');
	return worst(grade(loss, 0.03, 0.1), grade(rtt_ms ?? 0, 300, 600), narrow ? 'fair' : 'good');
}

/**
 * The line as a whole. A picture that is smaller than wished for want of bandwidth arrives well, but the line is not good.
 * @param {Sample} sample
 * @param {Quality | null} [server] what the server says of it
 * @returns {Rate}
 */
export function rateLine(sample, server = null) {
	const rates = sample.received.map(rateReceived);
	const poor = rates.filter((rate) => rate === 'poor').length;
	const incoming = poor === 0 ? worst('good', ...rates) : poor * 2 >= rates.length
		|| sample.received.some(({ paused }) => paused === 'bandwidth') ? 'poor' : 'fair';
	const limited = server?.slots.some(({ reason }) => reason === 'limited' || reason === 'no_bandwidth');
	return worst(incoming, rateSent(sample), limited ? 'fair' : 'good');
}

/**
 * What the server cannot see by itself, for its books: freezes since the last look, and how what we send arrives. The server
 * allows 0 to 10,000 freezes and ten minutes of them.
 * @param {{publish?: Report, view?: Report}} now
 * @param {{publish?: Report, view?: Report}} before
 * @returns {Record<string, number>}
 */
export function reportFigures(now, before) {
	const videos = rows(now.view, 'inbound-rtp').filter(({ kind }) => kind === 'video');
	const sum = (/** @type {string} */ field) => videos.reduce((total, row) => total + grown(row, before.view?.get(row.id), field), 0);
	const remote = rows(now.publish, 'remote-inbound-rtp');
	const most = (/** @type {string} */ field) => Math.max(-1, ...remote.map((row) => row[field] ?? -1));
	const rtt_ms = roundTrip([now.publish, now.view]);
	const figures = {
		freezes: Math.min(Math.round(sum('freezeCount')), 10_000),
		frozen_ms: Math.min(Math.round(sum('totalFreezesDuration') * 1000), 600_000),
		up_loss_ppm: Math.round(most('fractionLost') * 1e6),
		up_jitter_us: Math.round(most('jitter') * 1e6),
		rtt_us: rtt_ms === null ? -1 : rtt_ms * 1000,
	};
	return Object.fromEntries(Object.entries(figures).filter(([, value]) => value >= 0)
		.map(([name, value]) => [name, name === 'up_loss_ppm' ? Math.min(value, 1_000_000) : Math.min(value, 60_000_000)]));
}

/** Looks at a meeting's getStats again and again, and tells what happened since the last look. */
export class QualityReader {
	/** @type {{publish?: Report, view?: Report}} */
	#before = {};
	#meeting;

	/** @param {import('./meeting.js').Meeting} meeting */
	constructor(meeting) {
		this.#meeting = meeting;
	}

	/** @returns {Promise<Sample>} */
	async read() {
		const meeting = this.#meeting;
		const { publish, view } = /** @type {{publish?: any, view?: any}} */ (await meeting.stats());
		const sample = { rtt_ms: roundTrip([publish, view]),
			sent: sentRows(publish, this.#before.publish, (mid) => meeting.sourceOf(mid)),
			received: receivedRows(view, this.#before.view, meeting.slots) };
		this.#before = { publish, view };
		return sample;
	}
}
