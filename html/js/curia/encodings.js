/**
 * encodings.js: how each source is encoded: layers, scales, bitrates. Pure.
 *
 * The plan comes from the server (`joined.media.publish`). The offer goes out before that answer comes, so the plan is
 * guessed from the meeting's settings first; what the server says then counts.
 *
 * @typedef {import('./types.js').Source} Source
 * @typedef {{rid: string, scale: number, max_bitrate_bps: number}} Layer
 * @typedef {{max_bitrate_bps: number, layers: Layer[], temporal_layers: number}} SourcePlan
 *     `layers`: highest first; empty means one plain stream
 * @typedef {{codec: string, camera: SourcePlan, screen_share: SourcePlan}} Plan
 */

/** Simulcast layers when the server names none: the whole picture, half of it, a quarter of it. */
const LADDER = Object.freeze([
	{ rid: 'h', scale: 1, share: 0.73 },
	{ rid: 'm', scale: 2, share: 0.21 },
	{ rid: 'l', scale: 4, share: 0.06 },
]);
const FULL_HEIGHT = 720; /* what the bitrates of a plan are meant for */
const VOICE_BPS = 40000, SOUND_BPS = 96000;
const SCREEN_FPS = 30;
const SIMULCAST = new Set(['vp8', 'h264']);

/** A plain stream of each, as servers without layers want it. @returns {Plan} */
export const plainPlan = () => ({
	codec: '',
	camera: { max_bitrate_bps: 1500000, layers: [], temporal_layers: 1 },
	screen_share: { max_bitrate_bps: 2500000, layers: [], temporal_layers: 1 },
});

/**
 * What the server will most likely want, by the settings of the meeting.
 * @param {import('./types.js').MeetingInfo | undefined} meeting
 * @returns {Plan}
 */
export function guessPlan(meeting) {
	const plan = plainPlan();
	const { video_codec = '', simulcast_layers = 1, camera_bitrate_bps, screen_bitrate_bps } = meeting?.settings ?? {};
	plan.codec = video_codec;
	if (camera_bitrate_bps) plan.camera.max_bitrate_bps = camera_bitrate_bps;
	if (screen_bitrate_bps) plan.screen_share.max_bitrate_bps = screen_bitrate_bps;
	if (simulcast_layers < 2 || !SIMULCAST.has(video_codec)) return plan;
	plan.camera.temporal_layers = video_codec === 'vp8' ? 3 : 1;
	plan.camera.layers = LADDER.slice(0, simulcast_layers).map(({ rid, scale, share }) =>
		({ rid, scale, max_bitrate_bps: Math.round(plan.camera.max_bitrate_bps * share) }));
	return plan;
}

/**
 * What the server said in `joined`; servers of old name only the bitrates.
 * @param {Plan} before
 * @param {any} media `joined.media`
 * @param {string} [codec]
 * @returns {Plan}
 */
export function tellPlan(before, media, codec = before.codec) {
	const plan = { ...plainPlan(), codec };
	if (media?.video_bitrate_bps) plan.camera.max_bitrate_bps = media.video_bitrate_bps;
	if (media?.screen_bitrate_bps) plan.screen_share.max_bitrate_bps = media.screen_bitrate_bps;
	for (const source of /** @type {const} */ (['camera', 'screen_share'])) {
		const said = media?.publish?.[source];
		if (said) plan[source] = { ...plan[source], ...said, layers: SIMULCAST.has(codec) ? said.layers ?? [] : [] };
	}
	return plan;
}

/**
 * Whether an offer made for one plan serves the other: the rids are what an offer fixes.
 * @param {Plan} offered
 * @param {Plan} plan
 */
export function covers(offered, plan) {
	const rids = new Set(offered.camera.layers.map(({ rid }) => rid));
	return plan.camera.layers.every(({ rid }) => rids.has(rid));
}

/**
 * A camera with fewer lines than the plan is made for: a picture of half the height gets what the next lower layer would
 * get, and layers that would be smaller than the lowest of a full picture are not sent.
 * @param {Layer[]} layers highest first
 * @param {number} height the shorter side of the picture; 0 when it is not known
 * @returns {(Layer & {tooSmall: boolean})[]}
 */
export function fitLayers(layers, height) {
	const steps = height > 0 ? Math.max(0, Math.round(Math.log2(FULL_HEIGHT / height))) : 0;
	return layers.map((layer, i) => {
		const stand_in = layers[Math.min(i + steps, layers.length - 1)];
		return { ...layer, max_bitrate_bps: stand_in.max_bitrate_bps, tooSmall: i > 0 && i + steps >= layers.length };
	});
}

/**
 * Whether an encoding is to run. @param {string[] | null} wanted rids that somebody receives; null: not told yet
 * @param {string | undefined} rid undefined for a plain stream
 */
const isWanted = (wanted, rid) => wanted === null || (rid === undefined ? wanted.length > 0 : wanted.includes(rid));

/**
 * The encodings of a source.
 * @param {Source} source
 * @param {Plan} plan
 * @param {{wanted?: string[] | null, height?: number}} [now] what is received of it, and how tall its picture is
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings(source, plan, { wanted = null, height = 0 } = {}) {
	if (source === 'microphone') return [{ active: true, maxBitrate: VOICE_BPS }];
	if (source === 'screen_share_audio') return [{ active: true, maxBitrate: SOUND_BPS }];
	const { max_bitrate_bps, layers, temporal_layers } = plan[source];
	const temporal = plan.codec === 'vp8' && temporal_layers > 1 ? { scalabilityMode: `L1T${temporal_layers}` } : {};
	const rate = source === 'screen_share' ? { maxFramerate: SCREEN_FPS } : {};
	if (layers.length === 0)
		return [{ active: isWanted(wanted, undefined), maxBitrate: max_bitrate_bps, ...rate, ...temporal }];
	return fitLayers(layers, height).map(({ rid, scale, max_bitrate_bps: maxBitrate, tooSmall }) => ({ rid,
		active: !tooSmall && isWanted(wanted, rid), maxBitrate, scaleResolutionDownBy: scale, ...rate, ...temporal }));
}

/**
 * Puts what we want into the parameters that a sender has. What the other side did not take (simulcast refused: one
 * encoding is left) or what left the plan since is heeded.
 * @param {RTCRtpEncodingParameters[]} have changed in place
 * @param {RTCRtpEncodingParameters[]} want
 * @param {string[] | null} wanted
 * @returns {boolean} whether anything changed
 */
export function adjust(have, want, wanted) {
	const before = JSON.stringify(have);
	for (const encoding of have) {
		const match = have.length === 1 ? want[0] : want.find(({ rid }) => rid === encoding.rid);
		if (!match) {
			encoding.active = false;
			continue;
		}
		const { rid: _rid, scalabilityMode: _mode, ...values } = /** @type {any} */ (match);
		if (have.length === 1) values.active = isWanted(wanted, undefined);
		Object.assign(encoding, values);
	}
	return JSON.stringify(have) !== before;
}
