/**
 * types.js: the shapes of docs/protocol.md, for editors and the type checker. There is no code here.
 *
 * @typedef {'microphone' | 'camera' | 'screen_share' | 'screen_share_audio'} Source
 * @typedef {{source: Source, kind: 'audio' | 'video', muted: boolean}} Track
 * @typedef {{participant: string, name: string, role: Role, joined_at: string, away: boolean, hand?: boolean,
 *            tracks: Track[]}} Participant
 * @typedef {'viewer' | 'participant' | 'moderator' | 'host' | 'owner'} Role
 * @typedef {{publish: Source[], subscribe: boolean, admin: boolean, actions?: string[]}} Rights
 *     `actions`: speak, show, share-screen, unmute, rename, chat, raise-hand, react, record, mute-others, remove, admit,
 *     lower-hands, spotlight, lock, change-roles, change-settings, end
 * @typedef {{participant: string, identity: string, name: string, role: Role, ticket: string, can: Rights,
 *            hand?: number | null}} You
 * @typedef {{waiting_room?: 'off' | 'guests' | 'everybody', locked?: boolean, join_before_host?: boolean, mute_on_entry?: boolean,
 *            guests?: boolean, password?: boolean, share_screen?: Policy, chat?: Policy, unmute?: Policy, rename?: Policy,
 *            record?: Policy}} Rules
 * @typedef {'everybody' | 'moderators' | 'hosts' | 'nobody'} Policy
 * @typedef {{participant: string, raised_at: string | number}} Hand
 * @typedef {{id: string, name: string, guest?: boolean, since?: string | number}} Waiting
 * @typedef {{dominant: string | null, speaking: string[]}} Speakers
 * @typedef {{id?: string, code: string, title: string, state?: string, video_codec?: string, url?: string,
 *            host_token?: string, live?: {participants: number, viewers?: number},
 *            settings?: Rules & {max_participants?: number, video_codec?: string, simulcast_layers?: number,
 *            camera_bitrate_bps?: number, screen_bitrate_bps?: number}}} MeetingInfo
 * @typedef {{token: string, url: string, identity: string, name: string, ice_servers: RTCIceServer[],
 *            meeting: MeetingInfo}} JoinAnswer
 * @typedef {{mid: string, kind: 'audio' | 'video', participant: string | null, source: Source | null,
 *            layer: number | null, layers: number | null, paused: string | null}} WireSlot
 *     `layer`: which of `layers` it carries, 0 the lowest. `paused`: muted, stalled, bandwidth
 * @typedef {{estimate_bps: number, allocated_bps: number, wanted_bps: number, sent_bps: number, loss_permille: number,
 *            rtt_ms: number | null, state: 'steady' | 'probing' | 'congested', audio_repeated: boolean,
 *            slots: SlotQuality[]}} Quality
 *     `estimate_bps`: what may be sent to you. `allocated_bps`: what it is divided into. `wanted_bps`: what the next
 *     improvement would need, 0 when all is as wished. `audio_repeated`: voices come with repetitions, for so much gets lost
 * @typedef {{mid: string, layer: number | null, temporal: number | null, wanted_height: number, bps: number,
 *            reason: 'as_wished' | 'limited' | 'no_bandwidth' | 'nothing_sent'}} SlotQuality
 *
 * A slot as the library hands it out: what the server said, and the stream that plays it. The stream object stays the
 * same for as long as the PeerConnection lives, whatever the slot carries.
 * @typedef {WireSlot & {index: number, stream: MediaStream}} Slot
 *
 * @typedef {'idle' | 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'failed' | 'ended' | 'left'} MeetingState
 *
 * A wish for one video slot, by its position among the video slots.
 * @typedef {{slot: number, want: 'auto' | 'none' | {participant: string, source: Source}, height?: number}} Wish
 */
export {};
