/* fuzz-feedback.c: RTCP compounds from a viewer, one after the other: never more lost than expected.
 * The input: compounds, each with a length of two bytes before it. */
#include <string.h>

#include "fuzz.h"
#include "plugins/room/feedback.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	FeedbackLoss loss = { 0 };
	while (size >= 2) {
		gsize bytes = MIN ((gsize) (data[0] << 8 | data[1]), size - 2);
		g_autofree guint8 *rtcp = g_memdup2 (data + 2, bytes);
		Feedback f;
		guint expected = 0, lost = 0;
		guint32 jitter = 0;
		feedback_parse (&f, rtcp, bytes);
		FUZZ_EXPECT (f.n_blocks <= FEEDBACK_MAX_BLOCKS && f.n_blocks * sizeof (guint32) * 6 <= bytes);
		feedback_loss_add (&loss, &f, 0, &expected, &lost, &jitter);
		FUZZ_EXPECT (lost <= expected && loss.n <= FEEDBACK_MAX_BLOCKS);
		data += 2 + bytes;
		size -= 2 + bytes;
	}
	return 0;
}
