/* estimate-loss.h: what lost packets say: is it our doing, and to what rate should the viewer's stream come down?
 * Thread: [room]; `now` is passed in. Ownership: a plain struct inside the Estimate; for the files of the estimate (estimate-private.h).
 *
 * Thresholds as in GCC (draft-ietf-rmcat-gcc-02 section 6): under 2 % may grow, over 10 % comes down. What it does not know is that
 * some links lose packets whatever is sent. So: come down to what arrived; if as great a share is lost then, and again after a
 * second time, it is the link's own loss, and only what is beyond that counts. */
#ifndef ROOM_ESTIMATE_LOSS_H
#define ROOM_ESTIMATE_LOSS_H

#include <glib.h>

#define ESTIMATE_LOSS_LOW_PERMILLE 20
#define ESTIMATE_LOSS_HIGH_PERMILLE 100
#define ESTIMATE_LOSS_HEAVY_PERMILLE 300	/* here one report is enough */

typedef struct EstimateLoss {
	guint expected, lost;		/* reported and not yet looked at */
	gint64 taken_us;
	guint64 sent_bytes;		/* since then */
	guint64 sent_before_bps;	/* up to then */
	guint permille;			/* smoothed */
	guint inherent_permille;	/* of it, what does not depend on what we send */
	guint noise_permille;		/* how far so few packets may be off */
	guint descent_permille;		/* the loss for which the rate came down, until it shows whether that helped; 0: none */
	guint64 descent_sent_bps;	/* what was sent with that loss */
	guint n_unhelped;		/* times in a row that it did not */
	guint n_lossy;			/* reports in a row with some of it */
} EstimateLoss;

/* What some reports together tell. */
typedef struct EstimateLossSample {
	guint permille;			/* of these reports alone */
	guint64 sent_bps;		/* meanwhile */
	guint64 sent_before_bps;	/* reports may tell of that time as well */
	gboolean heavy;
} EstimateLossSample;

void estimate_loss_init (EstimateLoss *l, gint64 now_us);
void estimate_loss_report (EstimateLoss *l, guint expected, guint lost);
void estimate_loss_sent (EstimateLoss *l, guint64 bytes);
/* Takes the reports since the last time; FALSE: still too few. afresh: what was before is no measure any more. */
gboolean estimate_loss_take (EstimateLoss *l, gboolean afresh, gint64 now_us, EstimateLossSample *sample);
/* What to come down to, or 0. changed_us: when the budget last moved. *learnt: loss turned out to be the link's own. */
guint64 estimate_loss_judge (EstimateLoss *l, const EstimateLossSample *sample, gint64 changed_us, gboolean *learnt);
/* Nothing has been changed for long and there is still loss: TRUE, it is the link's own. FALSE: there is none to speak of. */
gboolean estimate_loss_lasts (EstimateLoss *l);
/* Without waiting for a second sign: what arrived of all that was sent. */
guint64 estimate_loss_descend (EstimateLoss *l, const EstimateLossSample *sample);
/* What is beyond the link's own loss, and beyond chance. */
guint estimate_loss_excess (const EstimateLoss *l, guint permille);

#endif
