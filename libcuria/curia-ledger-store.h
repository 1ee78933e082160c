/* curia-ledger-store.h: how the ledger writes what happened: batches of events and quality samples, each exactly once.
 * Thread: any; the ledger's drain thread in practice. Ownership: everything in a batch is borrowed during the call.
 * Blocking: yes; never call it from a media or room thread. */
#ifndef CURIA_LEDGER_STORE_H
#define CURIA_LEDGER_STORE_H

#include <glib.h>
#include <jansson.h>
#include "curia-store.h"

/* One event, fit for the store: texts are valid UTF-8 without NUL, bounded, and never NULL: "" is none. */
typedef struct {
	const char *id;      /* "EV_" + 20 letters or digits; unique for ever */
	const char *type;    /* "participant_joined" */
	const char *node;    /* of the server where it happened */
	const char *meeting; /* "MT_..." or "" */
	const char *code;    /* of the meeting, or "" */
	const char *call;    /* "CA_..." or "" */
	const char *data;    /* JSON text of an object: the event's further fields, `code` among them; at most 8 KiB */
	json_t *body;        /* the same, parsed */
	gint64 time_ms;
	gint64 seq;          /* among all events; set by the store */
	gint64 meeting_seq;  /* among those of the meeting, from 1; 0: of no meeting; set by the store */
	gint64 number;       /* its place in the spool */
} LedgerEvent;

/* What a quality sample measures, in the order of LedgerSample.values: X (name, value when it is not known). */
#define LEDGER_VALUES(X)                                                                                              \
	X (rtt_us, -1) X (down_bps, -1) X (down_loss_ppm, -1) X (down_jitter_us, -1) X (up_bps, -1) X (up_loss_ppm, -1)   \
	X (up_jitter_us, -1) X (estimate_bps, -1) X (paused_slots, 0) X (freezes, 0) X (frozen_ms, 0) X (spoke_ms, 0)

typedef enum {
#define X(name, unknown) LEDGER_VALUE_##name,
	LEDGER_VALUES (X)
#undef X
	LEDGER_N_VALUES
} LedgerValue;

typedef struct {
	const char *id, *participation, *call;
	gint64 time_ms, number;
	gint64 values[LEDGER_N_VALUES];
} LedgerSample;

/* A part of one spool, in its order. */
typedef struct {
	const char *spool;    /* id of what numbers it: one start of one spool */
	const char *previous; /* of the start before in the same spool; NULL or "": none */
	const char *node;
	gint64 next;          /* the place after the last of it */
	LedgerEvent *events;  /* all but quality */
	guint n_events;
	LedgerSample *samples;
	guint n_samples;
	guint n_skipped;      /* of both: they were there already; set by the store */
} LedgerBatch;

/* Writes the batch with the spool's new position; what is written already is skipped, so a batch may be tried again after
 * whatever went wrong. It is one transaction, but for node_started and node_stopped: what the node left open is ended before
 * them, with events as if it had told them, in transactions of their own. *last_seq: of the last event, or 0. INVALID_FIELD
 * when the database refuses the content, UNAVAILABLE or OVERLOADED when it may take it later. [any, blocks] */
gboolean curia_store_ledger_write (CuriaStore *self, LedgerBatch *batch, gint64 *last_seq, GError **error);

/* Who ends calls of which nothing more will be heard. */
typedef struct {
	const char *const *alive; /* names of nodes, ended by NULL; NULL: it is not known which are dead */
	gint64 crashed_before_ms; /* of dead nodes: those of which nothing was heard since */
	gint64 lost_before_ms;    /* of the others: the same */
	gint64 moved_before_ms;   /* of any node, when the meeting has a later call: the same */
} LedgerSweep;

/* Ends them with the reason "crashed", at the last that is known of each, as node_started would. *last_seq: of the last event
 * that this made, or 0. [any, blocks] */
gboolean curia_store_ledger_sweep (CuriaStore *self, const LedgerSweep *sweep, gint64 *last_seq, GError **error);

/* Deletes at most a thousand rows of each kind that are older: events and ended calls with all that belongs to them;
 * samples. 0: none. *more: there may be others. [any, blocks] */
gboolean curia_store_ledger_expire (CuriaStore *self, gint64 events_before_ms, gint64 samples_before_ms, gboolean *more,
	GError **error);

#endif
