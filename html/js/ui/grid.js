/**
 * grid.js: the arrangement of equal tiles that gives each of them the most area. Pure.
 *
 * @typedef {{x: number, y: number, w: number, h: number}} Rect
 */

/**
 * The size of one tile when `count` of them stand in `cols` columns.
 * @param {number} count
 * @param {number} cols
 * @param {{width: number, height: number, gap: number, minAspect: number, maxAspect: number}} space
 */
function tileSize(count, cols, { width, height, gap, minAspect, maxAspect }) {
	const rows = Math.ceil(count / cols);
	let w = (width - gap * (cols - 1)) / cols;
	let h = (height - gap * (rows - 1)) / rows;
	if (w / h > maxAspect) w = h * maxAspect;
	if (w / h < minAspect) h = w / minAspect;
	return { cols, rows, w: Math.max(0, Math.floor(w)), h: Math.max(0, Math.floor(h)) };
}

/**
 * @param {number} count
 * @param {{width: number, height: number, gap?: number, minAspect?: number, maxAspect?: number}} space
 */
export function bestGrid(count, { width, height, gap = 8, minAspect = 3 / 4, maxAspect = 16 / 9 }) {
	const space = { width, height, gap, minAspect, maxAspect };
	let best = tileSize(count, 1, space);
	for (let cols = 2; cols <= count; cols++) {
		const next = tileSize(count, cols, space);
		/* A hole in the last row must pay for itself with visibly larger tiles. */
		const holes = (/** @type {typeof best} */ g) => g.rows * g.cols - count;
		const bonus = holes(next) > holes(best) ? 0.97 : 1.0;
		if (next.w * next.h * bonus > best.w * best.h) best = next;
	}
	return best;
}

/**
 * Where `count` tiles go, centred, the last row too.
 * @param {number} count
 * @param {{x?: number, y?: number, width: number, height: number, gap?: number, minAspect?: number,
 *          maxAspect?: number}} space
 * @returns {Rect[]}
 */
export function gridRects(count, space) {
	if (count === 0) return [];
	const { x = 0, y = 0, width, height, gap = 8 } = space;
	const { cols, rows, w, h } = bestGrid(count, space);
	const top = y + Math.round((height - rows * h - (rows - 1) * gap) / 2);
	return Array.from({ length: count }, (_, i) => {
		const row = Math.floor(i / cols);
		const inRow = row === rows - 1 ? count - row * cols : cols;
		const left = x + Math.round((width - inRow * w - (inRow - 1) * gap) / 2);
		return { x: left + (i % cols) * (w + gap), y: top + row * (h + gap), w, h };
	});
}
