/* waiting.h: the waiting room: who knocked and is not in yet. Their handles stay fresh; a room lives as long as somebody
 * waits for it.
 * Thread: [room]; waiting_decide any. Ownership: the room's; a session points back to its waiter while it waits. */
#ifndef ROOM_WAITING_H
#define ROOM_WAITING_H

#include "plugins/room/room.h"

#define WAITING_MAX 500        /* at a time in one room */
#define WAITING_MAX_TOLD 100   /* in one event, the longest waiting first */
#define WAITING_US (500 * G_TIME_SPAN_MILLISECOND) /* least time between two events */

typedef enum {
	WAIT_NOT,
	WAIT_ADMISSION,            /* until somebody lets it in */
	WAIT_HOST                  /* until a moderator or above is in */
} Wait;

struct Waiter {
	Room *room;
	char id[12];               /* "w3" */
	char *identity, *name;
	gboolean guest;
	CuriaRole role;
	gint64 since_ms;
	Wait reason;
	Session *session;          /* counted */
};

/* Whether somebody new has to wait. Pure. */
Wait waiting_decide (const CuriaRules *rules, CuriaRole role, gboolean guest, gboolean host_seen);
/* MEETING_LOCKED for who may not even wait; what is remembered of it counts (standing.h). `room`: NULL before it opens. */
gboolean waiting_check_lock (Room *room, const CuriaMeeting *meeting, const CuriaClaims *claims, GError **error);
/* What the token's owner, who has no seat, waits for. */
Wait waiting_reason (Room *room, const CuriaClaims *claims);
/* It waits, on this handle: {"room":"waiting","reason","id"}. MEETING_FULL. */
json_t *waiting_enter (Room *room, Session *session, const CuriaClaims *claims, Wait reason, GError **error);

/* By id, or NULL. */
Waiter *waiting_find (Room *room, const char *id);
Waiter *waiting_find_identity (Room *room, const char *identity);
/* It may come in: it is told, and remembered. FALSE with OVERLOADED. Frees it. */
gboolean waiting_admit (Waiter *take_self, GError **error);
/* It is told "ended" with this reason: denied, ended, moved. NULL: nothing. Frees it. */
void waiting_turn_away (Waiter *take_self, const char *reason);
/* The handle waits no more: it came in, or is gone. */
void waiting_forget (Session *session);
void waiting_end (Room *room, const char *reason);
/* Rules changed, or somebody came: who need not wait any more comes in, who waits for something else is told. */
void waiting_review (Room *room);

/* {"waiting": [{"id","name","guest","since","reason"}], "more"?}, with `books` "identity" too. */
json_t *waiting_to_json (Room *room, gboolean books);
/* To a new moderator. */
void waiting_tell_one (Participant *to);
void waiting_tick (Room *room, gint64 now_us);

#endif
