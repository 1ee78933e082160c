#include "config.h"
#include "events/ledger/sweep.h"

#include "curia-ledger-store.h"
#include "curia-log.h"

#define MAX_PAUSE_US (60 * G_USEC_PER_SEC)
#define MOVED_AFTER_MS (60 * 1000)                    /* what its node has yet to write comes within this */
#define LOST_AFTER_MS (24 * 60 * 60 * 1000)           /* of a call with people there are samples every few minutes */
#define LOOKS 5                                       /* within crashed_after_ms */

void sweep_init (Sweep *self, const SweepSettings *settings, gint64 now_us)
{
	*self = (Sweep) { *settings, now_us, now_us };
}

/* Without Redis nobody knows; and who has just come may not have heard of all. */
static gboolean knows_nodes (Sweep *self, gint64 now_us)
{
	return curia_bus_is_connected (self->settings.bus) && now_us - self->began_us >= self->settings.crashed_after_ms * 1000;
}

static GStrv alive_nodes (Sweep *self)
{
	g_autoptr (GPtrArray) nodes = curia_cluster_nodes (self->settings.cluster);
	GStrv names = g_new0 (char *, nodes->len + 1);

	for (guint i = 0; i < nodes->len; i++)
		names[i] = g_strdup (((CuriaClusterNode *) g_ptr_array_index (nodes, i))->name);
	return names;
}

static gint64 sweep (Sweep *self, CuriaStore *store, gint64 now_us, gint64 now_ms)
{
	g_auto (GStrv) alive = knows_nodes (self, now_us) ? alive_nodes (self) : NULL;
	g_autoptr (GError) error = NULL;
	LedgerSweep what = { (const char *const *) alive, now_ms - self->settings.crashed_after_ms, now_ms - LOST_AFTER_MS,
		now_ms - MOVED_AFTER_MS };
	gint64 last_seq = 0;

	if (!curia_store_ledger_sweep (store, &what, &last_seq, &error))
		curia_log_info ("ledger", "calls of lost nodes are looked for later: %s", error->message);
	else if (last_seq > 0)
		curia_log_warning ("ledger", "ended calls of which nothing more was heard");
	return last_seq;
}

gint64 sweep_maybe (Sweep *self, CuriaStore *store, gint64 now_us, gint64 now_ms)
{
	if (now_us - self->swept_us < MIN (self->settings.crashed_after_ms * 1000 / LOOKS, MAX_PAUSE_US))
		return 0;
	self->swept_us = now_us;
	return sweep (self, store, now_us, now_ms);
}
