/* room.h: a live meeting: who is in it, what they publish, what the others are to be told.
 * Thread: [room]: one control thread owns all rooms, so nothing here has a lock. Decisions take `now`.
 * Ownership: the registry's; participants are the room's. A room where nobody is or waits is closed at the end of the batch. */
#ifndef ROOM_ROOM_H
#define ROOM_ROOM_H

#include <jansson.h>

#include "curia-meeting.h"
#include "curia-token.h"
#include "plugins/room/participant.h"
#include "plugins/room/roster.h"
#include "plugins/room/speaker.h"

#define ROOM_SPEAKERS_US (100 * G_TIME_SPAN_MILLISECOND) /* least time between two speakers events; more in large meetings */
#define ROOM_MAX_SPOTLIGHT 4
#define ROOM_STALLED_US (3 * G_TIME_SPAN_SECOND)         /* without a packet of an unmuted video track */

struct Room {
	CuriaMeeting *meeting;
	char *call;                  /* id of this run of the meeting, in the books */
	gint64 started_ms;
	Codec video;                 /* as it was when the room opened */
	GPtrArray *participants;     /* owned, in the order of joining */
	GHashTable *by_number;       /* number -> Participant, borrowed */
	GHashTable *by_identity;     /* identity -> Participant, borrowed */
	guint32 last_number;
	guint bus_id;
	gboolean ended;

	Roster roster;               /* what everybody is still to be told */

	Speakers *speakers;
	GPtrArray *voices;           /* by the speakers' index: Track, borrowed, or NULL */
	GHashTable *voice_owners;    /* Track -> Participant, borrowed */
	gboolean speakers_changed;
	gint64 speakers_told_us;
	gint64 voices_us;            /* when the voices were last looked at */
	guint32 dominant;            /* number of whoever last was said to dominate; 0: nobody */

	GHashTable *standings;       /* identity -> Standing: what is remembered of people (standing.h) */
	GPtrArray *waiters;          /* owned, in the order of coming (waiting.h) */
	guint last_waiter;
	gboolean host_seen;          /* a moderator or above is or was in it */
	gboolean waiting_changed;
	gint64 waiting_us;           /* when moderators were told last */
	guint64 last_hand;           /* hands raised so far (hands.h) */
	gboolean hands_changed;
	gint64 hands_us, reactions_us; /* when all were told last */
	json_t *reactions;           /* still to be told, or NULL */
	guint32 spotlight[ROOM_MAX_SPOTLIGHT]; /* numbers, the most important first (spotlight.h) */
	guint n_spotlight;

	gboolean stage_dirty;        /* who is in which slot must be decided anew, for all (stage.h) */
	gboolean viewers_dirty;      /* for those who are marked */
	gboolean marked;             /* the registry will flush it */
	gint64 second_us, supply_us; /* when the slow timers ran last */
};

Room *room_new (const CuriaMeeting *meeting);
void room_free (Room *self);

/* What may change while a meeting runs: title, max_participants and max_publishers. The codec may not. */
void room_refresh (Room *self, const CuriaMeeting *meeting);
/* Nobody is in it, nobody waits. */
gboolean room_is_deserted (const Room *self);

Participant *room_lookup (Room *self, guint32 number);
Track *room_track (Room *self, guint32 number, Source source);

/* Marks: something changed that others must be told, or that decides who is where: for all, or for one viewer. */
void room_changed (Participant *participant);
void room_restage (Room *self);
void room_restage_viewer (Participant *viewer);
/* Somebody came or went: that matters to the others only in small meetings, where everybody is heard. */
void room_resized (Room *self);

/* Time passes: roster, speakers, keyframes, silence. */
void room_tick (Room *self, gint64 now_us);
/* A viewer reported that it receives less: acts at once. */
void room_viewer_reported (Participant *viewer, gint64 now_us);
/* At the end of a batch: decides the stage anew, if need be; then tells viewers what changed. */
void room_update (Room *self, gint64 now_us);
void room_tell (Room *self);

json_t *room_live_to_json (Room *self);
json_t *room_dump (Room *self, gint64 now_us);

#endif
