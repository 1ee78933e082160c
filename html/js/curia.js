/**
 * curia.js: the client library of Curia meetings. Plain ES modules, no dependencies, no build step; it works on any
 * page and knows nothing of ours.
 *
 *     import { Meeting, openDevices } from 'https://meet.example.org/js/curia.js';
 *
 *     const meeting = new Meeting({ code: 'abcd-efgh-jkmn', name: 'Ann', server: 'https://meet.example.org' });
 *     meeting.addEventListener('slots', () => {
 *         for (const slot of meeting.slots) {
 *             const player = document.querySelector(`#slot-${slot.mid}`);   // an <audio> or <video autoplay playsinline>
 *             if (player.srcObject !== slot.stream) player.srcObject = slot.stream;
 *         }
 *     });
 *     meeting.addEventListener('participants', () => render(meeting.participants));
 *     await meeting.join();
 *     const { microphone, camera } = await openDevices({});
 *     if (microphone.track) await meeting.send('microphone', microphone.track);
 *     if (camera.track) await meeting.send('camera', camera.track);
 *
 * Properties of a Meeting: `state`, `reason`, `waitsFor`, `you`, `info`, `participants` (the others), `viewers` (how many more
 * only watch), `slots`, `speakers`, `local`, `settings` (the rules), `hands`, `spotlight`, `waiting`.
 * Methods: `prepare`, `join`, `send`, `mute`, `rename`, `wish`, `pause`, `leave`, `stats`, `quality`; `may`, `mayTouch`,
 * `raiseHand`, `react`, `moderate`.
 * Events (CustomEvent, all with a `detail`):
 *
 * | event          | detail                                          | when |
 * |----------------|-------------------------------------------------|------|
 * | `state`        | `{state, previous, reason}`                     | it is another: idle, connecting, waiting, connected, reconnecting, |
 * |                |                                                 | failed, ended, left |
 * | `participants` | `{joined, changed, left, participants, viewers}` | somebody came, went, muted... |
 * | `slots`        | `{changed: Slot[]}`                             | a slot carries something else, or has a new stream |
 * | `speakers`     | `{dominant, speaking}`                          | who is heard |
 * | `local`        | `{source}`                                      | what we send changed |
 * | `media`        | `{publish, view}`                               | connection states of the two sides |
 * | `settings`     | `{settings, you}`                               | the rules changed, or what we are and may |
 * | `hands`        | `{hands, raised}`                               | who has raised a hand, in order |
 * | `spotlight`    | `{participants}`                                | who is shown to everybody |
 * | `reactions`    | `{reactions: [{participant, emoji}]}`           | somebody showed what they feel |
 * | `waiting`      | `{waiting, more, came}`                         | who waits outside; for those who may admit |
 * | `muted`        | `{source, by, refused}`                         | what we send was turned off, or may not be turned on |
 * | `asked`        | `{action: 'unmute', source, by}`                | somebody asks us to turn it on again: ask the person |
 * | `trouble`      | `{error}`                                       | something did not work, the meeting goes on |
 *
 * Simulcast needs nothing from you: the camera is sent in the layers that the server asks for, those that nobody receives
 * are stopped. Tell with `wish` how tall each video is on your page: what you receive follows from it and from your line.
 * `slot.paused` says why a video stands still: "muted", "stalled", or "bandwidth" when the line is too slow for it.
 * `QualityReader` turns getStats into figures for people.
 *
 * Who is told to wait is in the state `waiting` until somebody lets them in: then the meeting goes on by itself; `join` answers
 * once we are in, and fails with the code `denied` when we are not let in. `waitsFor` is "host" or "waiting-room". What one may
 * do is in `you.can.actions`, and `may('mute-others')` asks it; the server checks again. Whoever runs the meeting does it with
 * `moderate('mute', { participant, source: 'microphone' })`, see there.
 *
 * A slot is one of the fixed number of places where others are heard and seen. Its `stream` stays; who it carries
 * changes, and `slots` says so. While `reconnecting` nothing needs to be done: the same seat comes back by itself.
 */
export { Meeting } from './curia/meeting.js';
export { CuriaError } from './curia/errors.js';
export {
	createMeeting, endMeeting, joinMeeting, listCalls, parseCode, readAttendance, readAttendanceCsv, readCall, readClaims, readMeeting,
	readQuality,
} from './curia/rest.js';
export { canCapture, canShare, LevelMeter, listDevices, openDevice, openDevices, openScreen } from './curia/devices.js';
export { QualityReader, rateLine, rateReceived, rateSent } from './curia/quality.js';
export { isLive, trackOf } from './curia/roster.js';
export { outranks, presides, ROLES } from './curia/floor.js';
