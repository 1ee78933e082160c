/**
 * slots.js: what each slot of the view connection carries. Pure, like roster.js.
 *
 * @typedef {import('./types.js').WireSlot} WireSlot
 * @typedef {{rev: number, slots: Map<string, WireSlot>}} SlotTable
 */

/** Before the first complete table. @returns {SlotTable} */
export const emptySlots = () => ({ rev: -1, slots: new Map() });

/**
 * A slot that was never spoken of.
 * @param {string} mid
 * @param {'audio' | 'video'} kind
 * @returns {WireSlot}
 */
export const blankSlot = (mid, kind) => ({ mid, kind, participant: null, source: null, layer: null, layers: null,
	paused: null });

/**
 * @param {WireSlot | undefined} before
 * @param {WireSlot} slot
 */
function differs(before, slot) {
	if (!before) return true;
	return /** @type {const} */ (['participant', 'source', 'layer', 'layers', 'paused']).some((key) => before[key] !== slot[key]);
}

/**
 * Takes a complete table (`subscribed`, `synced`).
 * @param {SlotTable} old
 * @param {{rev: number, slots: WireSlot[]}} snapshot
 * @returns {{table: SlotTable, changed: string[]}}
 */
export function replaceSlots(old, snapshot) {
	/** @type {Map<string, WireSlot>} */
	const slots = new Map();
	for (const slot of snapshot.slots) slots.set(slot.mid, { ...blankSlot(slot.mid, slot.kind), ...slot });
	const changed = [...slots.values()].filter((slot) => differs(old.slots.get(slot.mid), slot)).map((slot) => slot.mid);
	for (const mid of old.slots.keys()) if (!slots.has(mid)) changed.push(mid);
	return { table: { rev: snapshot.rev, slots }, changed };
}

/**
 * Takes a delta; `gap` as in roster.js.
 * @param {SlotTable} old
 * @param {{rev: number, slots: WireSlot[]}} delta
 * @returns {{table: SlotTable, changed: string[], gap: boolean}}
 */
export function applySlots(old, delta) {
	if (old.rev < 0 || delta.rev <= old.rev) return { table: old, changed: [], gap: false };
	if (delta.rev !== old.rev + 1) return { table: old, changed: [], gap: true };
	const slots = new Map(old.slots);
	const changed = [];
	for (const slot of delta.slots) {
		const before = slots.get(slot.mid);
		const after = { ...blankSlot(slot.mid, slot.kind ?? before?.kind), ...before, ...slot };
		if (differs(before, after)) changed.push(slot.mid);
		slots.set(slot.mid, after);
	}
	return { table: { rev: delta.rev, slots }, changed, gap: false };
}
