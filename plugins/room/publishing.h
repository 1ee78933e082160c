/* publishing.h: a participant's tracks: what an offer publishes, what is muted, what ends.
 * Thread: [room]. Ownership: tracks are counted; participant and session sections hold references. */
#ifndef ROOM_PUBLISHING_H
#define ROOM_PUBLISHING_H

#include <jansson.h>

#include "plugins/room/room.h"

#define PUBLISHING_HEIGHT 720 /* of a picture, until its first keyframe tells */

/* Publishes what `tracks` (checked: mid, source, muted) names of the offer; former tracks that it does not name end.
 * Fills replies, one per section. INVALID_FIELD, INVALID_SDP, FORBIDDEN; then nothing changes. */
gboolean publishing_negotiate (Participant *self, const SdpOffer *offer, json_t *tracks, SdpReply *replies, GError **error);
/* All tracks end. */
void publishing_stop (Participant *self);
/* Mutes and unmutes; `tracks` is checked: source, muted. NOT_PUBLISHED; then nothing changes. */
gboolean publishing_configure (Participant *self, json_t *tracks, gint64 now_us, GError **error);
/* Somebody else mutes the source: participant `by`, or NULL; its client is told with a "muted" event and mutes too. NOT_PUBLISHED. */
gboolean publishing_mute (Participant *self, Source source, const char *by, gint64 now_us, GError **error);
/* How a client shall send: {"camera": {"max_bitrate_bps","layers":[...],"temporal_layers"}, "screen_share": ...}. */
json_t *publishing_wishes_to_json (const Participant *self);
/* [{"mid","source","codec","muted"}] of the published event. */
json_t *publishing_to_json (const Participant *self);

#endif
