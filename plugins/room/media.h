/* media.h: the packets' road, and the viewers' feedback on it.
 * Thread: the Janus loop of the handle. No allocation, JSON, logging or lock of the room happens here.
 * Ownership: packets are the core's and valid only during the call. */
#ifndef ROOM_MEDIA_H
#define ROOM_MEDIA_H

#include "plugins/room/session.h"

/* One RTP packet of a publisher: parse once, forward to every slot of its track. [media] */
void media_rtp (Session *from, janus_plugin_rtp *packet);
enum { MEDIA_WANTS_KEYFRAME = 1, MEDIA_RECEIVES_LESS = 2 };

/* RTCP of a publisher (a sign of life) or of a viewer. Returns bits: it asks for keyframes, and slots' keyframe_wanted are
 * set; its estimate has dropped, and the room should act at once. [media] */
guint media_rtcp (Session *from, janus_plugin_rtcp *packet);

#endif
