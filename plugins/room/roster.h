/* roster.h: who is in the meeting, as everybody is told: changes within a short time are told in one event.
 * Those who may publish are listed, viewers are only counted, hidden ones are neither. Each participant has revisions of
 * its own, counting the events that it got: nobody hears what is only about itself.
 * Thread: [room]. Ownership: the room's. */
#ifndef ROOM_ROSTER_H
#define ROOM_ROSTER_H

#include "plugins/room/participant.h"

#define ROSTER_FEW 100 /* up to so many participants changes wait for... */
#define ROSTER_MIN_US (50 * G_TIME_SPAN_MILLISECOND)
#define ROSTER_MANY 1000 /* ...and from so many on */
#define ROSTER_MAX_US G_TIME_SPAN_SECOND
#define ROSTER_VIEWERS_US G_TIME_SPAN_SECOND /* least time between two events that tell of viewers alone */

typedef struct {
	json_t *left;              /* entries of those who have gone since the last event */
	gint64 due_us;             /* when the next event is; 0: nothing to tell */
	gint64 viewers_us;         /* when the number of viewers was told last */
	guint64 events;            /* so far */
} Roster;

void roster_init (Roster *self);
void roster_clear (Roster *self);

/* How long changes wait for others: the more there are to tell, the longer, growing evenly between the limits. [any] */
static inline gint64 roster_delay_us (guint participants)
{
	gint64 more = CLAMP (participants, ROSTER_FEW, ROSTER_MANY) - ROSTER_FEW;
	return ROSTER_MIN_US + more * (ROSTER_MAX_US - ROSTER_MIN_US) / (ROSTER_MANY - ROSTER_FEW);
}

/* The participant came, or what the others see of it changed. */
void roster_changed (Participant *participant, gint64 now_us);
/* The participant goes. */
void roster_left (Participant *participant, const char *reason, gint64 now_us);
/* Tells what is due. */
void roster_tick (Room *room, gint64 now_us);

/* The number of viewers, for an answer to one participant: what it knows from then on. */
guint roster_tell_viewers (Participant *to);
/* Everybody listed but one (NULL: all). */
json_t *roster_to_json (Room *room, const Participant *but);

#endif
