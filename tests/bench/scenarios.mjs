// What `make bench` compares: each row is a scenario, each variant of it one server with one load.
import { cpus } from 'node:os'
import { find_jemalloc } from './janus.mjs'

// So that 380 videos fit beside the load on two processors, cameras send less than ours ask for by default.
const MEETING = ['meeting', '--video-bitrate', '450k', '--tiles', '9', '--tile-height', '360', '--join-rate', '10']
const WEBINAR = ['webinar', '--publishers', '1', '--viewers', '150', '--tiles', '1', '--tile-height', '720', '--no-simulcast',
  '--video-bitrate', '1M', '--join-rate', '25']
const of = (n) => [...MEETING, '--participants', String(n)]

/** Both ways to run Janus' loops, for a side that may take the better one. */
const both_modes = (side, server, load) => [
  { side, mode: 'event_loops = 2', server: { ...server, loops: 2 }, load },
  { side, mode: 'thread per handle', server: { ...server, loops: 0 }, load },
]
const compare = (ours, theirs) => [...both_modes('curia', { kind: 'curia' }, ours), ...both_modes('videoroom', { kind: 'videoroom' }, theirs)]

export const SCENARIOS = [
  { name: 'meeting-all', title: 'Meeting of 20, VideoRoom all to all', figure: 'cpu_pct', limit: 0.30,
    about: 'Curia: 3 audio slots and a 9-tile gallery. VideoRoom as its own demo does: everybody subscribes to everybody, highest layer.',
    variants: compare(of(20), of(20)) },
  { name: 'meeting-same', title: 'Meeting of 20, VideoRoom with the same 9 videos', figure: 'cpu_pct', limit: 0.45,
    about: 'VideoRoom subscribes to the same 9 videos in the same layer, and to all audio, as it must.',
    variants: compare(of(20), [...of(20), '--videoroom-tiles', '9', '--videoroom-substream', '1']) },
  { name: 'webinar', title: 'Webinar, 1 to 150', figure: 'us_per_packet', limit: 0.85,
    about: 'One camera of 1 Mbit/s without simulcast and one microphone to 150 viewers.',
    variants: compare(WEBINAR, WEBINAR) },
  { name: 'webinar-shipped', title: 'Webinar, 1 to 150, as each is shipped', figure: 'us_per_packet', limit: 0.65,
    about: 'Curia as quickstart starts it (jemalloc, a loop per processor, the default options); VideoRoom as Debian\'s Janus runs it, with event_loops = 2.',
    variants: [
      { side: 'curia', mode: 'shipped', server: { kind: 'curia', loops: cpus().length, preload: find_jemalloc() ?? '' }, load: WEBINAR },
      { side: 'videoroom', mode: 'event_loops = 2', server: { kind: 'videoroom', loops: 2 }, load: WEBINAR },
    ] },
  { name: 'growth', title: 'Meeting of 100 against 20', figure: 'cpu_pct_per_participant', limit: 1.3,
    about: 'CPU per participant of Curia, 3 audio slots and 9 tiles in both.',
    variants: [
      { side: '100 participants', mode: 'event_loops = 2', server: { kind: 'curia', loops: 2 }, load: of(100) },
      { side: '20 participants', mode: 'event_loops = 2', server: { kind: 'curia', loops: 2 }, load: of(20) },
    ] },
  { name: 'batching', title: 'Meeting of 20, sending together what is due', figure: 'cpu_pct', limit: null,
    about: 'room.batch_ms 5 against 0.',
    variants: [5, 0].map((batch_ms) => (
      { side: `batch_ms = ${batch_ms}`, mode: 'event_loops = 2', server: { kind: 'curia', loops: 2, room: { batch_ms } }, load: of(20) })) },
]
