/**
 * scene.js: which tiles are seen and where. Pure: keys and a size come in, places go out.
 *
 * Alone: oneself, large. With a few others: they fill the stage and oneself sits in a corner; with more, everybody is
 * in one grid. When something is in focus (a screen, somebody pinned) it takes the stage and the others a strip. More
 * people than there are tiles are spread over pages.
 *
 * @typedef {import('./grid.js').Rect} Rect
 * @typedef {Rect & {place: 'grid' | 'focus' | 'strip' | 'pip'}} Place
 * @typedef {{width: number, height: number, self: string, others: string[], focus: string | null,
 *            maxOthers: number, page?: number}} SceneInput `others`: page after page; `page` counts from 0
 * @typedef {{places: Map<string, Place>, pages: number, page: number, pager: Rect | null, room: number}} Scene
 *     `room`: how many others a page of this kind of scene can show; `pager`: where the buttons go when there are pages
 */
import { gridRects } from './grid.js';

const GAP = 8;
const PIP_MARGIN = 12;
const PAGER = 44;

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

/**
 * The people of one page.
 * @param {string[]} keys
 * @param {number} room
 * @param {number} wanted the page that is asked for; the last one when there are fewer
 */
function pageOf(keys, room, wanted) {
	const pages = Math.max(1, Math.ceil(keys.length / room));
	const page = clamp(wanted, 0, pages - 1);
	return { pages, page, shown: keys.slice(page * room, (page + 1) * room) };
}

/** @param {SceneInput} input @returns {Scene} */
function gridScene({ width, height: full, self, others, maxOthers, page: wanted = 0 }) {
	const { pages, page, shown } = pageOf(others, maxOthers, wanted);
	const height = pages > 1 ? full - PAGER : full;
	const corner = pages === 1 && (shown.length === 1 || (shown.length === 2 && isTall({ width, height })));
	const keys = corner ? shown : [...shown, self];
	const rects = gridRects(keys.length, { width, height, gap: GAP, ...shapes(keys.length, isTall({ width, height })) });
	/** @type {Map<string, Place>} */
	const places = new Map(keys.map((key, i) => [key, { ...rects[i], place: 'grid' }]));
	if (corner) places.set(self, pip(width, height, rects[rects.length - 1]));
	const pager = pages > 1 ? { x: 0, y: height, w: width, h: PAGER } : null;
	return { places, pages, page, pager, room: maxOthers };
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
function focusScene({ width, height, self, others, focus, maxOthers, page: wanted = 0 }) {
	const rest = others.filter((key) => key !== focus);
	const withSelf = focus === self ? 0 : 1;
	const tiles = Math.min(rest.length, maxOthers) + withSelf;
	const tall = isTall({ width, height });
	/** @param {number} h */
	const makeStrip = (h) => (tall ? belowStrip(width, h, String(focus)) : sideStrip(width, h, tiles));
	/** @param {{spots: number}} of */
	const roomOf = ({ spots }) => Math.min(Math.max(1, spots - withSelf), maxOthers);
	let strip = makeStrip(height);
	const paged = rest.length > roomOf(strip);
	if (paged) strip = makeStrip(height - PAGER);
	const room = roomOf(strip);
	const { pages, page, shown } = pageOf(rest, room, wanted);
	const keys = withSelf ? [...shown, self] : shown;
	const rects = strip.rects(keys.length);
	/** @type {Map<string, Place>} */
	const places = new Map(keys.map((key, i) => [key, { ...rects[i], place: 'strip' }]));
	const main = keys.length === 0 ? { x: 0, y: 0, w: width, h: height }
		: tall ? strip.main : { ...strip.main, h: height };
	if (focus !== null) places.set(focus, { ...main, place: 'focus' });
	const x = tall ? 0 : strip.main.w + GAP;
	const pager = paged ? { x, y: height - PAGER, w: width - x, h: PAGER } : null;
	return { places, pages, page, pager, room };
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
 *            shown: boolean, back?: boolean}} Candidate `back`: was seen before somebody leafed through the pages
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
	const score = (c) => (c.back ? 32 : 0) + (c.pinned ? 16 : 0) + (c.dominant ? 8 : 0) + (c.hasSlot ? 4 : 0)
		+ (now_ms - c.spoke_ms < 30000 ? 2 : 0) + (c.shown ? 1 : 0);
	const byScore = [...candidates].sort((a, b) => score(b) - score(a) || a.order - b.order);
	/** @param {Candidate[]} list */
	const inOrder = (list) => list.sort((a, b) => a.order - b.order).map((c) => c.id);
	return [...inOrder(byScore.slice(0, room)), ...inOrder(byScore.slice(room))];
}
