/* participant.h: somebody in a meeting: a seat that outlives the handles it is used through.
 * Thread: [room]. Ownership: the room's; sessions point back to it and are told when it goes. */
#ifndef ROOM_PARTICIPANT_H
#define ROOM_PARTICIPANT_H

#include <jansson.h>

#include "curia-token.h"
#include "plugins/room/sdp.h"
#include "plugins/room/session.h"
#include "plugins/room/source.h"
#include "plugins/room/tally.h"
#include "plugins/room/track.h"
#include "plugins/room/viewing.h"

#define PARTICIPANT_AWAY_US (2 * G_TIME_SPAN_SECOND) /* a connection that is back sooner was never away */

typedef struct Room Room;

struct Participant {
	Room *room;
	guint32 number;
	char id[12];               /* "p7" */
	char *participation;       /* id of this seat, in the books */
	CuriaClaims *claims;
	char *name;
	char *ticket;              /* opens the view handle */
	gint64 joined_ms;
	CuriaRole role;            /* of its token, or given in the meeting (standing.h) */
	gboolean viewer;           /* it may publish nothing: counted, not listed (roster.h) */
	guint64 hand;              /* raised as the nth of the room; 0: it is down (hands.h) */
	gint64 hand_ms;            /* when that was */
	gint64 hand_us;            /* until then the changes of its hand have been paid for: each is in the books */
	gint64 react_us;           /* until then its reactions have been paid for */
	guint asked;               /* bit i: source i may be switched on once, for somebody asked for it */
	gboolean entered;          /* its microphone was published before */
	gboolean listed;           /* the others have been told of it */
	gboolean news;             /* there is more to tell them */
	guint64 rev;               /* roster events that it got */
	guint viewers_told;        /* the number of viewers that it knows */
	gint64 sync_us;            /* until then its syncs have been paid for */
	gboolean away;
	Tally tally;
	gint64 dropped_us;         /* when its connection was lost; 0: it is there */
	gboolean absent;           /* away, and no word from its view handle either: it is sent no media, nor told who is where */

	Session *publish, *view;   /* counted, or NULL */
	Track *tracks[SOURCE_N];   /* counted, or NULL */
	Viewing *viewing;          /* owned, NULL before subscribe */
};

Participant *participant_new (Room *room, guint32 number);
void participant_free (Participant *self);

/* Who it is, from a verified token: name, rights, a fresh ticket. Takes the claims. */
void participant_admit (Participant *self, CuriaClaims *take_claims, gint64 now_ms);
/* The others are told. */
void participant_rename (Participant *self, const char *name);
/* After its role changed: whether it is a viewer now. */
void participant_set_viewer (Participant *self);
/* What is shown of a name, NULL or whatever: one line of at most 60 characters. Caller frees. [any] */
char *participant_shown_name (const char *name);
gboolean participant_is_hidden (const Participant *self);
gboolean participant_is_viewer (const Participant *self);
gboolean participant_publishes (const Participant *self);
/* Its name. */
const char *participant_role (const Participant *self);
/* The roster's entry. */
json_t *participant_to_json (const Participant *self);
/* As operators see it: {"participant","participation","identity","name","role","joined_ms","away","hand","tracks"}. */
json_t *participant_to_json_books (const Participant *self);
/* "you" of the joined event. */
json_t *participant_to_json_self (const Participant *self);
json_t *participant_dump (Participant *self, gint64 now_us);
/* The number in "p7", or 0. */
guint32 participant_parse_id (const char *id);

#endif
