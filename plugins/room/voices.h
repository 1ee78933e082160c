/* voices.h: a room's audio tracks and its Speakers: levels in, slots and speakers events out.
 * Thread: [room]. Ownership: tracks are borrowed; a track must be removed before it is let go. */
#ifndef ROOM_VOICES_H
#define ROOM_VOICES_H

#include "plugins/room/room.h"

void voices_add (Room *room, Participant *owner, Track *track);
void voices_remove (Room *room, Track *track);
void voices_mute (Room *room, Track *track, gint64 now_us);
/* Reads the levels that came in and decides; marks stage and speakers as changed. */
void voices_tick (Room *room, gint64 now_us);
/* Whose voice dominates, or NULL. */
Participant *voices_dominant (Room *room);
/* The meeting's speaker slot that the track holds, or -1; when its owner's microphone was last heard. */
int voices_slot (Room *room, const Track *track);
gint64 voices_last_spoke_us (Room *room, const Participant *participant);
/* {"dominant","speaking"}. */
json_t *voices_to_json (Room *room);

#endif
