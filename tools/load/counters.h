/* counters.h: what is counted of the media, one row each: field, unit and meaning.
 * Thread: each network thread writes its own set; anybody may read (relaxed atomics). Ownership: plain values. */
#ifndef LOAD_COUNTERS_H
#define LOAD_COUNTERS_H

#include <glib.h>

/* One writer, so a load and a store will do; readers see either. */
#define COUNT_UP(field, n) __atomic_store_n (&(field), (field) + (n), __ATOMIC_RELAXED)
#define COUNT_READ(field) __atomic_load_n (&(field), __ATOMIC_RELAXED)

/* X (field, meaning) */
#define LOAD_COUNTERS(X) \
	X (sent_packets, "RTP packets sent") \
	X (sent_bytes, "bytes of RTP sent, with headers, without SRTP's tag") \
	X (unsent_packets, "packets that the system did not take at once") \
	X (audio_packets, "audio packets received") \
	X (video_packets, "video packets received, repairs not counted") \
	X (audio_bytes, "bytes of audio RTP received") \
	X (video_bytes, "bytes of video RTP received") \
	X (repair_packets, "repeated packets received (RTX)") \
	X (padding_packets, "packets without payload received") \
	X (stray_packets, "packets of streams that nobody told us about") \
	X (unreadable_packets, "packets whose decryption failed or came twice") \
	X (dropped_packets, "packets dropped on purpose to play a lossy network") \
	X (missing_packets, "sequence numbers that were passed over") \
	X (recovered_packets, "of these, those that came later") \
	X (late_packets, "packets older than the newest by more than we keep") \
	X (nacked_packets, "packets asked for again, repeats counted") \
	X (nacks_sent, "NACK messages sent") \
	X (plis_sent, "keyframe requests sent") \
	X (plis_received, "keyframe requests received by senders") \
	X (nacks_received, "NACK messages received by senders") \
	X (keyframes_sent, "keyframes sent, of all layers") \
	X (keyframes_received, "keyframes received") \
	X (pictures_received, "last packets of pictures received") \
	X (low_packets, "video packets of pictures up to 200 lines high") \
	X (middle_packets, "of pictures of 201 to 400 lines") \
	X (high_packets, "of larger pictures") \
	X (stalls, "times that a video stood still for a second or more") \
	X (rtcp_received, "RTCP packets received") \
	X (stamps_read, "packets whose time of sending was read") \
	X (ticks, "rounds of the network threads") \
	X (late_ticks, "rounds that began more than 2 ms late")

typedef struct {
#define X(field, meaning) guint64 field;
	LOAD_COUNTERS (X)
#undef X
} Counters;

#endif
