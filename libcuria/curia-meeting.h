/* curia-meeting.h: a meeting as stored: the row, its settings, and its JSON.
 * Thread: a plain value. Ownership: whoever holds it frees it. */
#ifndef CURIA_MEETING_H
#define CURIA_MEETING_H

#include <glib.h>
#include <jansson.h>
#include "curia-fields.h"

typedef struct {
	char *id;              /* MT_... */
	char *code;            /* abcd-efgh-jkmn: the public name, the link, and the token's room */
	char *title;           /* "" when none */
	char *video_codec;     /* vp8 | h264 | vp9 | av1: every camera and screen of the meeting uses it */
	int max_participants;  /* 1..500 */
	gint64 created_ms, ended_ms; /* wall clock; ended_ms 0 while open */
} CuriaMeeting;

/* Fields that create and update accept: title, max_participants, video_codec. */
extern const CuriaField curia_meeting_fields[];

CuriaMeeting *curia_meeting_new (void);      /* fresh id and code, defaults, created now */
CuriaMeeting *curia_meeting_copy (const CuriaMeeting *self);
void curia_meeting_free (CuriaMeeting *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaMeeting, curia_meeting_free)

/* Applies a checked object of curia_meeting_fields. [any] */
void curia_meeting_apply (CuriaMeeting *self, json_t *fields);
/* {"id","code","title","state":"open|ended","created_at","ended_at","settings":{"video_codec",
 * "max_participants"}}. Caller owns. [any] */
json_t *curia_meeting_to_json (const CuriaMeeting *self);

#endif
