/**
 * scene.js: which tiles are seen and where. Pure: keys and a size come in, places go out.
 *
 * Alone: oneself, large. With a few others: they fill the stage and oneself sits in a corner; with more, everybody is
 * in one grid. When something is in focus (a screen, somebody pinned) it takes the stage and the others a strip.
 *
 * @typedef {import('./grid.js').Rect} Rect
 * @typedef {Rect & {place: 'grid' | 'focus' | 'strip' | 'pip'}} Place
 * @typedef {{width: number, height: number, self: string, others: string[], focus: string | null,
 *            maxOthers: number}} SceneInput `others`: most important first
 * @typedef {{places: Map<string, Place>, hidden: string[], more: Rect | null, room: number}} Scene
 *     `room`: how many others this kind of scene could show
 */
import { gridRects } from './grid.js';

const GAP = 8;
const PIP_MARGIN = 12;

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {{width: number, height: number}} size */
const isTall = ({ width, height }) => width < height * 0.9;

/**
 * @param {SceneInput} input
 * @returns {Scene}
 */
export function makeScene(input) {
	return input.focus === null ? gridScene(input) : focusScene(input);
}

/**
 * How far a tile may be from the shape of a picture, which is cut to fill it: upright is for upright stages only.
 * @param {number} count
 * @param {boolean} tall
 */
function shapes(count, tall) {
	if (count === 1) return { minAspect: tall ? 1 / 2 : 5 / 4, maxAspect: 2 };
	return { minAspect: tall ? 3 / 4 : 5 / 4, maxAspect: 16 / 9 };
}

/** @param {SceneInput} input @returns {Scene} */
function gridScene({ width, height, self, others, maxOthers }) {
	const shown = others.slice(0, maxOthers);
	const hidden = others.slice(maxOthers);
	const corner = shown.length === 1 || (shown.length === 2 && isTall({ width, height }));
	const keys = corner ? shown : [...shown, self];
	const count = keys.length + (hidden.length > 0 ? 1 : 0);
	const rects = gridRects(count, { width, height, gap: GAP, ...shapes(count, isTall({ width, height })) });
	/** @type {Map<string, Place>} */
	const places = new Map(keys.map((key, i) => [key, { ...rects[i], place: 'grid' }]));
	if (corner) places.set(self, pip(width, height, rects[rects.length - 1]));
	return { places, hidden, more: hidden.length > 0 ? rects[count - 1] : null, room: maxOthers };
}

/**
 * The corner for oneself, inside the last tile.
 * @param {number} width
 * @param {number} height
 * @param {Rect} last
 * @returns {Place}
 */
function pip(width, height, last) {
	const tall = isTall({ width, height });
	const w = Math.round(tall ? clamp(width * 0.28, 88, 150) : clamp(width * 0.17, 140, 240));
	const h = Math.round(tall ? w * 4 / 3 : w * 10 / 16);
	return { x: last.x + last.w - w - PIP_MARGIN, y: last.y + last.h - h - PIP_MARGIN, w, h, place: 'pip' };
}

/** @param {SceneInput} input @returns {Scene} */
function focusScene({ width, height, self, others, focus, maxOthers }) {
	const rest = others.filter((key) => key !== focus);
	const withSelf = focus === self ? 0 : 1;
	const wanted = Math.min(rest.length, maxOthers) + withSelf;
	const strip = isTall({ width, height }) ? belowStrip(width, height, String(focus)) : sideStrip(width, height, wanted);
	const spots = Math.max(1, strip.spots - withSelf);
	const fits = rest.length <= Math.min(spots, maxOthers);
	const room = Math.min(fits ? spots : Math.max(0, spots - 1), maxOthers);
	const shown = rest.slice(0, room);
	const hidden = rest.slice(room);
	const keys = withSelf ? [...shown, self] : shown;
	const rects = strip.rects(keys.length + (hidden.length > 0 ? 1 : 0));
	/** @type {Map<string, Place>} */
	const places = new Map(keys.map((key, i) => [key, { ...rects[i], place: 'strip' }]));
	const alone = keys.length === 0 && hidden.length === 0;
	const main = alone ? { x: 0, y: 0, w: width, h: height } : strip.main;
	if (focus !== null) places.set(focus, { ...main, place: 'focus' });
	return { places, hidden, more: hidden.length > 0 ? rects[rects.length - 1] : null, room: Math.min(spots, maxOthers) };
}

/**
 * A column on the right; its tiles shrink before anybody is left out.
 * @param {number} width
 * @param {number} height
 * @param {number} wanted
 */
function sideStrip(width, height, wanted) {
	const widest = clamp(width * 0.17, 132, 248);
	const fitting = (height - GAP * (wanted - 1)) / Math.max(1, wanted) * 1.6;
	const w = Math.floor(clamp(fitting, 132, widest));
	const h = Math.floor(w / 1.6);
	return {
		spots: Math.max(1, Math.floor((height + GAP) / (h + GAP))),
		main: { x: 0, y: 0, w: width - w - GAP, h: height },
		/** @param {number} count @returns {Rect[]} */
		rects(count) {
			const top = Math.round((height - count * h - (count - 1) * GAP) / 2);
			return Array.from({ length: count }, (_, i) => ({ x: width - w, y: top + i * (h + GAP), w, h }));
		},
	};
}

/**
 * A grid below; a screen takes no more height than its shape needs.
 * @param {number} width
 * @param {number} height
 * @param {string} focus
 */
function belowStrip(width, height, focus) {
	const share = focus.endsWith('/screen_share') ? Math.min(width * 0.625, height * 0.6) : height * 0.64;
	const main = { x: 0, y: 0, w: width, h: Math.floor(share) };
	const y = main.h + GAP;
	const left = height - y;
	const cols = Math.max(1, Math.floor((width + GAP) / (104 + GAP)));
	const rows = Math.max(1, Math.floor((left + GAP) / (104 + GAP)));
	return {
		spots: cols * rows,
		main,
		/** @param {number} count @returns {Rect[]} */
		rects: (count) => gridRects(count, { y, width, height: left, gap: GAP }),
	};
}

/**
 * @typedef {{id: string, order: number, hasSlot: boolean, dominant: boolean, pinned: boolean, spoke_ms: number,
 *            shown: boolean}} Candidate
 */

/**
 * Who deserves a tile first; who is seen already stays unless somebody matters more.
 * @param {Candidate[]} candidates
 * @param {number} room
 * @param {number} now_ms
 * @returns {string[]} ids: the chosen ones in the order they came, then the others
 */
export function rank(candidates, room, now_ms) {
	/** @param {Candidate} c */
	const score = (c) => (c.pinned ? 16 : 0) + (c.dominant ? 8 : 0) + (c.hasSlot ? 4 : 0)
		+ (now_ms - c.spoke_ms < 30000 ? 2 : 0) + (c.shown ? 1 : 0);
	const byScore = [...candidates].sort((a, b) => score(b) - score(a) || a.order - b.order);
	/** @param {Candidate[]} list */
	const inOrder = (list) => list.sort((a, b) => a.order - b.order).map((c) => c.id);
	return [...inOrder(byScore.slice(0, room)), ...inOrder(byScore.slice(room))];
}

/**
 * The wishes for the video slots: as many as the scene has room for, each at the height of its tile. Slots that carry
 * what is seen are kept, so that nothing moves without need.
 * @param {{key: string | null}[]} slots what each carries now
 * @param {Map<string, Place>} places
 * @param {number} room
 * @returns {import('../curia/types.js').Wish[]}
 */
export function makeWishes(slots, places, room) {
	const worth = slots.map(({ key }, slot) => ({ slot, worth: key !== null && places.has(key) ? 2 : key !== null ? 1 : 0 }));
	const kept = new Set(worth.sort((a, b) => b.worth - a.worth || a.slot - b.slot).slice(0, room).map((w) => w.slot));
	const heights = [...places.values()].filter(({ place }) => place !== 'pip').map(({ h }) => h);
	const usual = heights.length > 0 ? Math.min(...heights) : 180;
	return slots.map(({ key }, slot) => {
		if (!kept.has(slot)) return { slot, want: 'none' };
		return { slot, want: 'auto', height: stepHeight((key !== null && places.get(key)?.h) || usual) };
	});
}

/** Heights in few steps, so that a dragged window does not ask for something new at every pixel. @param {number} h */
export function stepHeight(h) {
	return [90, 180, 270, 360, 540, 720, 1080].find((step) => h <= step * 1.1) ?? 1440;
}
