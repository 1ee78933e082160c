/* membership.h: how people come into a room and leave it, and which handles they do it with.
 * Thread: [room]. Ownership: participants are the room's, sessions are counted. */
#ifndef ROOM_MEMBERSHIP_H
#define ROOM_MEMBERSHIP_H

#include "plugins/room/room.h"

/* Whether somebody of that identity is in it; `self` may be NULL. */
gboolean room_has_seat (Room *self, const char *identity);
/* Takes the seat of the token's identity, or makes one. MEETING_FULL, MEETING_ENDED. Takes the claims when it succeeds. */
Participant *room_join (Room *self, Session *session, CuriaClaims **take_claims, GError **error);
/* Whether it may send, as far as the meeting's max_publishers goes: MEETING_FULL. */
gboolean room_may_publish (Participant *participant, GError **error);
/* The participant leaves: reason "left" or "gone". Frees it. */
void room_leave (Room *self, Participant *participant, const char *reason);
/* Somebody else has decided so: it is told "kicked". Frees it. */
void room_kick (Participant *participant);
/* Everybody is told, PeerConnections are closed, the room is empty. */
void room_end (Room *self);
/* Another node has the meeting now: all are told, and come in again there. [room] */
void room_move (Room *self);
/* The room's view of a handle that is gone, or whose PeerConnection came up or went down. */
void room_session_gone (Session *session);
void room_session_up (Session *session, gint64 now_us);
void room_session_down (Session *session);
/* The view handle binds to the participant (a former one is replaced). */
void room_bind_view (Participant *participant, Session *session);

#endif
