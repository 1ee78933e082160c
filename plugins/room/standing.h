/* standing.h: what a room remembers of an identity while it lives, seated or not: the role it was given, that it was let in
 * from the waiting room, that it was removed.
 * Thread: [room]. Ownership: the room's. */
#ifndef ROOM_STANDING_H
#define ROOM_STANDING_H

#include "plugins/room/room.h"

#define STANDING_MAX 10000 /* identities that a room remembers */

typedef struct {
	gboolean has_role;
	CuriaRole role;            /* with has_role: counts instead of any token's */
	gboolean admitted;         /* it need not wait again */
	gint64 removed_s;          /* tokens made until then are void; 0: it was not removed */
	gboolean banned;           /* all tokens are */
} Standing;

/* NULL when nothing is remembered; `room` may be NULL. */
const Standing *standing_lookup (Room *room, const char *identity);
/* OVERLOADED when the room remembers too many already. */
Standing *standing_get (Room *room, const char *identity, GError **error);
/* The role that counts for a token; `room` may be NULL. */
CuriaRole standing_role (Room *room, const CuriaClaims *claims);
/* REMOVED. `room` may be NULL. */
gboolean standing_check (Room *room, const CuriaClaims *claims, GError **error);
/* A removal counts no more. */
void standing_let_back (Room *room, const char *identity);

#endif
