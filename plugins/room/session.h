/* session.h: one Janus handle: what it relays by m-line, its outgoing lane, its signs of life.
 * Thread: [any] for the counted object; fields say who may touch them (lock order: host.h).
 * Ownership: counted. Holds the one reference on the core's handle that belongs to the plugin, and gives it back when it
 * is freed; so whoever may call the core for this handle holds a reference on the session. */
#ifndef ROOM_SESSION_H
#define ROOM_SESSION_H

#include <stdatomic.h>

#include <glib.h>
#include <janus/plugins/plugin.h>

#include "plugins/room/receipts.h"
#include "plugins/room/sdp.h"

#define SESSION_MAX_SECTIONS SDP_MAX_SECTIONS /* m-lines of an offer */
#define SESSION_MAX_PENDING 32   /* requests that wait for their answer */

typedef struct Track Track;
typedef struct Slot Slot;
typedef struct Participant Participant;
typedef struct Waiter Waiter;

typedef enum { SESSION_FRESH, SESSION_PUBLISH, SESSION_VIEW } SessionKind;

/* What each m-line carries: tracks of a publish handle, slots of a view handle. Never changed once it is set in a session. */
typedef struct {
	gint refs;
	Track *tracks[SESSION_MAX_SECTIONS];
	Slot *slots[SESSION_MAX_SECTIONS];
} Sections;

typedef struct Session {
	gint refs;
	janus_plugin_session *handle;      /* RO */
	guint64 number;                    /* RO: for logs */

	/* [room] */
	SessionKind kind;
	Participant *participant;          /* borrowed; NULL when in no meeting */
	Waiter *waiter;                    /* borrowed; NULL unless it waits to be let in (waiting.h) */
	gboolean up;                       /* the PeerConnection is */
	gboolean negotiated;               /* an answer went out for the PeerConnection */
	gboolean gone;                     /* destroyed by the core */
	guint pc;                          /* counts PeerConnections */
	gint64 expected_us;                /* since when a sign of life is due; 0: none is (silence.h) */
	guint64 relayed;                   /* packets relayed to it, as of the last look */

	/* atomic */
	_Atomic gint64 heard_us;           /* when RTP or RTCP last came in [media] */
	_Atomic guint64 no_track, malformed; /* packets dropped before a track was found [media] */
	gint pending;                      /* requests without answer */
	gint keyframe_posted;              /* 1 while a look at the slots' wishes for keyframes is queued */
	gint receipts_posted;              /* 1 while a look at the receipts is queued */
	Receipts receipts;                 /* what a viewer reports (receipts.h) */

	GMutex lock;
	Sections *sections;                /* LOCK: lock */

	GMutex lane_lock;
	GQueue lane;                       /* LOCK: lane_lock; effects on their way to the core (outbox.h) */
	gboolean lane_busy;                /* LOCK: lane_lock */
	guint lane_dropped;                /* LOCK: lane_lock */
} Session;

/* Takes over the plugin's reference on `handle`. [any] */
Session *session_new (janus_plugin_session *handle);
Session *session_ref (Session *self);
void session_unref (Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_unref)

Sections *sections_new (void);
void sections_unref (Sections *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sections, sections_unref)
/* References on what they hold are the section's. [any] */
void sections_put_track (Sections *self, int mindex, Track *track);
void sections_put_slot (Sections *self, int mindex, Slot *slot);

/* Sets what the m-lines carry from now on; NULL for nothing. Takes the reference. [room] */
void session_set_sections (Session *self, Sections *take_sections);
/* A counted look at them, or NULL. [any] */
Sections *session_sections (Session *self);

/* The table of living handles: the core may destroy one while another thread is in handle_message for it. */
void sessions_start (void);
void sessions_stop (void);
void sessions_add (Session *session);
void sessions_remove (janus_plugin_session *handle);
/* Counted, or NULL when the handle is unknown or gone. [any] */
Session *sessions_lookup (janus_plugin_session *handle);
/* All that live, counted. Caller owns. [any] */
GPtrArray *sessions_all (void);
guint sessions_count (void);

#endif
