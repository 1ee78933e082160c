#include "config.h"
#include "plugins/room/feedback.h"

#define TYPE_OLD_FIR 192
#define TYPE_SR 200
#define TYPE_RR 201
#define TYPE_PSFB 206
#define FORMAT_PLI 1
#define FORMAT_FIR 4
#define FORMAT_AFB 15
#define PSFB_BYTES 12		/* header, sender, media source */
#define REMB_BYTES 20		/* before its list of SSRCs */
#define BLOCK_BYTES 24
#define SR_BLOCKS_AT 28
#define RR_BLOCKS_AT 8
#define NTP_EPOCH_S G_GUINT64_CONSTANT (2208988800)	/* of 1970, in seconds since 1900 */
#define MAX_RTT (10 << 16)	/* in 1/65536 s; more is nonsense */
#define MAX_STEP (1 << 15)	/* of a sequence number between two reports */

static guint32 read32 (const guint8 *at)
{
	return (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8 | at[3];
}

/* 24 bits with sign. */
static gint32 read_lost (const guint8 *at)
{
	gint32 value = at[0] << 16 | at[1] << 8 | at[2];
	return value & 0x800000 ? value - 0x1000000 : value;
}

static gboolean read_blocks (Feedback *f, const guint8 *packet, gsize length, gsize at)
{
	guint n = packet[0] & 0x1f;
	if (at + n * (gsize) BLOCK_BYTES > length)
		return FALSE;
	for (const guint8 *b = packet + at; n > 0 && f->n_blocks < FEEDBACK_MAX_BLOCKS; n--, b += BLOCK_BYTES)
		f->blocks[f->n_blocks++] = (FeedbackBlock) {
			.ssrc = read32 (b),
			.fraction_lost = b[4],
			.lost = read_lost (b + 5),
			.highest_seq = read32 (b + 8),
			.jitter = read32 (b + 12),
			.last_sr = read32 (b + 16),
			.delay = read32 (b + 20),
		};
	return TRUE;
}

/* 6 bits of exponent, 18 of mantissa; "send nothing" becomes 1, for 0 means that there is no REMB. */
static guint64 read_remb_bps (const guint8 *at)
{
	guint exponent = at[0] >> 2;
	guint64 mantissa = (guint64) (at[0] & 0x03) << 16 | (guint64) at[1] << 8 | at[2];
	if (mantissa > G_MAXUINT64 >> exponent)
		return G_MAXUINT64;
	return MAX (mantissa << exponent, 1);
}

/* Other application layer feedback is nothing to us. */
static gboolean read_afb (Feedback *f, const guint8 *packet, gsize length)
{
	if (length < REMB_BYTES || read32 (packet + PSFB_BYTES) != 0x52454d42)
		return TRUE;
	if (REMB_BYTES + 4 * (gsize) packet[16] > length)
		return FALSE;
	f->remb_bps = read_remb_bps (packet + 17);
	return TRUE;
}

static gboolean read_psfb (Feedback *f, const guint8 *packet, gsize length)
{
	guint format = packet[0] & 0x1f;
	if (length < PSFB_BYTES)
		return FALSE;
	if (format == FORMAT_AFB)
		return read_afb (f, packet, length);
	if (format == FORMAT_PLI || format == FORMAT_FIR)
		f->wants_keyframe = TRUE;
	return TRUE;
}

/* FALSE: damaged. */
static gboolean read_packet (Feedback *f, const guint8 *packet, gsize length)
{
	switch (packet[1]) {
	case TYPE_SR: return read_blocks (f, packet, length, SR_BLOCKS_AT);
	case TYPE_RR: return read_blocks (f, packet, length, RR_BLOCKS_AT);
	case TYPE_PSFB: return read_psfb (f, packet, length);
	case TYPE_OLD_FIR:
		f->wants_keyframe = TRUE;
		return TRUE;
	default: return TRUE;
	}
}

void feedback_parse (Feedback *f, const guint8 *rtcp, gsize bytes)
{
	f->wants_keyframe = FALSE;
	f->remb_bps = 0;
	f->n_blocks = 0;
	while (bytes >= 4 && rtcp[0] >> 6 == 2) {
		gsize length = ((gsize) rtcp[2] << 8 | rtcp[3]) * 4 + 4;
		if (length > bytes || !read_packet (f, rtcp, length))
			return;
		rtcp += length;
		bytes -= length;
	}
}

static guint to_us (guint32 ntp)
{
	return (guint) MIN ((guint64) ntp * G_USEC_PER_SEC >> 16, G_MAXUINT);
}

guint feedback_rtt_us (const Feedback *f, gint64 wall_us, guint *age_us)
{
	guint64 ntp_us = (guint64) wall_us + (guint64) NTP_EPOCH_S * G_USEC_PER_SEC;
	guint32 now = (guint32) (ntp_us / G_USEC_PER_SEC << 16 | (ntp_us % G_USEC_PER_SEC << 16) / G_USEC_PER_SEC);
	guint32 least = G_MAXUINT32;
	for (guint i = 0; i < f->n_blocks; i++) {
		guint32 age = now - f->blocks[i].last_sr, rtt = age - f->blocks[i].delay;
		if (f->blocks[i].last_sr == 0 || rtt >= least)
			continue;
		least = rtt;
		*age_us = to_us (age);
	}
	return least > MAX_RTT ? 0 : MAX (to_us (least), 1);
}

/* When there is no place left a new stream takes that of the one that rests longest: a new connection brings new ones. */
static guint find_stream (FeedbackLoss *l, const FeedbackBlock *block, gboolean *is_new)
{
	guint i = 0, oldest = 0;
	for (; i < l->n && l->streams[i].ssrc != block->ssrc; i++)
		if (l->streams[i].moved_us < l->streams[oldest].moved_us)
			oldest = i;
	*is_new = i == l->n;
	if (i == FEEDBACK_MAX_BLOCKS)
		return oldest;
	l->n = MAX (l->n, i + 1);
	return i;
}

void feedback_loss_add (FeedbackLoss *l, const Feedback *f, gint64 now_us, guint *expected, guint *lost, guint32 *max_jitter)
{
	for (guint b = 0; b < f->n_blocks; b++) {
		const FeedbackBlock *block = &f->blocks[b];
		gboolean is_new;
		guint at = find_stream (l, block, &is_new);
		guint32 step = block->highest_seq - l->streams[at].highest_seq;
		gboolean flows = !is_new && now_us - l->streams[at].moved_us < FEEDBACK_PAUSE_US;
		if (flows && step > 0 && step <= MAX_STEP) {
			*max_jitter = MAX (*max_jitter, block->jitter);
			*expected += step;
			*lost += (guint) CLAMP (block->lost - l->streams[at].lost, 0, (gint32) step);
		}
		if (is_new || step > 0)
			l->streams[at].moved_us = now_us;
		l->streams[at].ssrc = block->ssrc;
		l->streams[at].highest_seq = block->highest_seq;
		l->streams[at].lost = block->lost;
	}
}
