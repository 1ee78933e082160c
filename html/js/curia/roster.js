/**
 * roster.js: who is in the meeting. Pure: `apply` answers with a new roster and what changed.
 *
 * @typedef {import('./types.js').Participant} Participant
 * @typedef {{rev: number, viewers: number, participants: Map<string, Participant>}} Roster
 *     `viewers`: how many watch who are in no list
 * @typedef {{joined: Participant[], changed: Participant[], left: {participant: Participant, reason: string}[],
 *            counted: boolean}} Change `counted`: there are more viewers, or fewer
 */

/** @typedef {{rev: number, viewers?: number, participants: Participant[]}} Snapshot */

/** Before the first complete list: deltas are passed over, it will hold them. @returns {Roster} */
export const emptyRoster = () => ({ rev: -1, viewers: 0, participants: new Map() });

/** @param {Snapshot} snapshot @returns {Roster} */
const fromSnapshot = (snapshot) => ({
	rev: snapshot.rev,
	viewers: snapshot.viewers ?? 0,
	participants: new Map(snapshot.participants.map((p) => [p.participant, p])),
});

/** @returns {Change} */
const noChange = () => ({ joined: [], changed: [], left: [], counted: false });

/** @param {Change} change */
export const isChange = (change) =>
	change.counted || change.joined.length + change.changed.length + change.left.length > 0;

/**
 * Takes the complete list (`joined`, `synced`) and says how it differs from what we had.
 * @param {Roster} old
 * @param {Snapshot} snapshot
 * @returns {{roster: Roster, change: Change}}
 */
export function replaceRoster(old, snapshot) {
	const roster = fromSnapshot(snapshot);
	const change = noChange();
	change.counted = roster.viewers !== old.viewers;
	for (const [id, participant] of roster.participants) {
		const before = old.participants.get(id);
		if (!before) change.joined.push(participant);
		else if (JSON.stringify(before) !== JSON.stringify(participant)) change.changed.push(participant);
	}
	for (const [id, participant] of old.participants)
		if (!roster.participants.has(id)) change.left.push({ participant, reason: 'left' });
	return { roster, change };
}

/**
 * Takes a delta. `gap` means that one before it is missing: nothing was applied, ask for `sync`. A delta that the
 * snapshot held already is passed over.
 * @param {Roster} old
 * @param {{rev: number, viewers?: number, joined?: Participant[], changed?: Participant[],
 *          left?: {participant: string, reason: string}[]}} delta
 * @returns {{roster: Roster, change: Change, gap: boolean}}
 */
export function applyRoster(old, delta) {
	const change = noChange();
	if (old.rev < 0 || delta.rev <= old.rev) return { roster: old, change, gap: false };
	if (delta.rev !== old.rev + 1) return { roster: old, change, gap: true };
	const participants = new Map(old.participants);
	for (const participant of [...(delta.joined ?? []), ...(delta.changed ?? [])]) {
		(participants.has(participant.participant) ? change.changed : change.joined).push(participant);
		participants.set(participant.participant, participant);
	}
	for (const { participant: id, reason } of delta.left ?? []) {
		const participant = participants.get(id);
		if (!participant) continue;
		participants.delete(id);
		change.left.push({ participant, reason });
	}
	const viewers = delta.viewers ?? old.viewers;
	change.counted = viewers !== old.viewers;
	return { roster: { rev: delta.rev, viewers, participants }, change, gap: false };
}

/**
 * A participant's track, or undefined.
 * @param {Participant | undefined} participant
 * @param {string} source
 */
export const trackOf = (participant, source) => participant?.tracks.find((track) => track.source === source);

/**
 * Whether something is being sent there right now.
 * @param {Participant | undefined} participant
 * @param {string} source
 */
export const isLive = (participant, source) => trackOf(participant, source)?.muted === false;
