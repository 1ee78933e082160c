/* downlink.h: a viewer's downlink in virtual time: five cameras in three layers, allocator and estimate, a narrow link with a
 * queue, and a receiver that reports as Chromium does.
 * Thread: one. Ownership: a plain struct of the test. */
#ifndef TEST_DOWNLINK_H
#define TEST_DOWNLINK_H

#include "plugins/room/allocator.h"
#include "plugins/room/estimate.h"

#define DOWNLINK_VIDEOS 5
#define DOWNLINK_MAX_QUEUE 4096
#define DOWNLINK_BINS 6

typedef struct DownlinkPacket {
	guint bytes;
	guint stream;		/* 0 to DOWNLINK_VIDEOS - 1, then audio */
	gint64 sent_us, media_us;
	gboolean lost;
} DownlinkPacket;

typedef struct Downlink {
	/* set by the test */
	guint64 capacity_bps;
	guint random_loss_permille, wobble_pct;
	gint64 delay_us;	/* each way, without the queue */
	guint queue_ms;		/* what the queue holds at this capacity, before it drops */
	gboolean has_remb, has_rtt;
	guint64 layer_bps[3];

	gint64 now_us;
	GRand *rand;
	Estimate estimate;
	Allocator allocator;
	AllocatorSlot slots[DOWNLINK_VIDEOS];

	/* sender */
	struct {
		int spatial, temporal;		/* current */
		gint64 switch_us;		/* when the keyframe of the allocated layer comes; 0: on it */
		gint64 frame_us;		/* next */
		guint n_frame;
		double wobble;
	} videos[DOWNLINK_VIDEOS];
	gint64 audio_us, tick_us;
	guint64 audio_bytes, video_bytes;
	guint n_changes;		/* of any video's step, since the test last set it to 0 */
	guint n_probes;

	/* link */
	DownlinkPacket queue[DOWNLINK_MAX_QUEUE];
	guint head, n_queued;
	gint64 busy_until_us;
	guint64 queued_bytes;
	gint64 sr_us, sr_delay_us;	/* when a sender report last went through, and how long it waited */

	/* receiver */
	guint64 received_bytes[20];	/* in the last twenty bins of 50 ms */
	double bin_delay[DOWNLINK_BINS], delay_sum;
	guint delay_n, n_over;
	gint64 bin_us, report_us, remb_due_us;
	guint expected[DOWNLINK_VIDEOS + 1], lost[DOWNLINK_VIDEOS + 1];
	double jitter_us[DOWNLINK_VIDEOS + 1];
	gint64 last_transit_us[DOWNLINK_VIDEOS + 1], last_media_us[DOWNLINK_VIDEOS + 1];
	double remb_bps, remb_sent_bps, link_bps;
	gint64 remb_changed_us, began_us;

	/* what the last second was */
	guint64 second_bytes, second_delivered_bytes;
	guint64 second_media_bytes;	/* of second_bytes, without IP and UDP headers: what the budget is of */
	gint64 max_delay_us;
	guint second_lost, second_audio, second_audio_lost;
} Downlink;

void downlink_init (Downlink *d, guint32 seed, const EstimateLimits *limits);
/* Runs for so long; the figures of the last second begin anew. */
void downlink_run (Downlink *d, gint64 us);
void downlink_clear (Downlink *d);
/* Videos that are at their wish. */
guint downlink_at_top (const Downlink *d);
/* Videos that are not paused. */
guint downlink_shown (const Downlink *d);

#endif
