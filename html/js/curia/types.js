/**
 * types.js: the shapes of docs/protocol.md, for editors and the type checker. There is no code here.
 *
 * @typedef {'microphone' | 'camera' | 'screen_share' | 'screen_share_audio'} Source
 * @typedef {{source: Source, kind: 'audio' | 'video', muted: boolean}} Track
 * @typedef {{participant: string, name: string, role: string, joined_at: string, away: boolean,
 *            tracks: Track[]}} Participant
 * @typedef {{participant: string, identity: string, name: string, role: string, ticket: string,
 *            can: {publish: Source[], subscribe: boolean, admin: boolean}}} You
 * @typedef {{dominant: string | null, speaking: string[]}} Speakers
 * @typedef {{audio_slots: number, max_video_slots: number, video_bitrate_bps: number,
 *            screen_bitrate_bps: number}} MediaLimits
 * @typedef {{id?: string, code: string, title: string, state?: string, video_codec?: string, url?: string,
 *            host_token?: string, live?: {participants: number}, settings?: {max_participants: number,
 *            video_codec: string}}} MeetingInfo
 * @typedef {{token: string, url: string, identity: string, name: string, ice_servers: RTCIceServer[],
 *            meeting: MeetingInfo}} JoinAnswer
 * @typedef {{mid: string, kind: 'audio' | 'video', participant: string | null, source: Source | null,
 *            layer: number | null, paused: string | null}} WireSlot
 *
 * A slot as the library hands it out: what the server said, and the stream that plays it. The stream object stays the
 * same for as long as the PeerConnection lives, whatever the slot carries.
 * @typedef {WireSlot & {index: number, stream: MediaStream}} Slot
 *
 * @typedef {'idle' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'ended' | 'left'} MeetingState
 *
 * A wish for one video slot, by its position among the video slots.
 * @typedef {{slot: number, want: 'auto' | 'none' | {participant: string, source: Source}, height?: number}} Wish
 */
export {};
