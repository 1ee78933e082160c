/* curia-meeting.h: a meeting as stored: the row, its settings, and its JSON.
 * Thread: a plain value. Ownership: whoever holds it frees it. */
#ifndef CURIA_MEETING_H
#define CURIA_MEETING_H

#include <glib.h>
#include <jansson.h>
#include "curia-fields.h"
#include "curia-options.h"
#include "curia-rules.h"

typedef struct {
	char *id;              /* MT_... */
	char *code;            /* abcd-efgh-jkmn: the public name, the link, and the token's room */
	char *title;           /* "" when none */
	char *video_codec;     /* vp8 | h264 | vp9 | av1: every camera and screen of the meeting uses it */
	int max_participants;  /* 1..1000 */
	/* As stored these may be 0: whatever the server's options say when the meeting is opened. */
	int max_publishers;    /* 1..1000: how many may send at a time */
	int camera_bitrate_bps, screen_bitrate_bps; /* 30,000..50,000,000: what one camera or screen may send */
	int simulcast_layers;  /* 1..3: sizes of a camera's picture */
	int audio_slots;       /* 1..8: how many voices a viewer is sent */
	CuriaRules rules;      /* who may do what */
	char *owner;           /* id of the account that owns it (US_...), "": nobody does */
	char *password;        /* as curia_password_hash made it, "": none is needed */
	gint64 created_ms, ended_ms; /* wall clock; ended_ms 0 while open */
} CuriaMeeting;

/* Fields that create and update accept: title and the settings. */
extern const CuriaField curia_meeting_fields[];

CuriaMeeting *curia_meeting_new (void);      /* fresh id and code, defaults, created now */
CuriaMeeting *curia_meeting_copy (const CuriaMeeting *self);
void curia_meeting_free (CuriaMeeting *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaMeeting, curia_meeting_free)

/* Whether this server's options allow a checked object of curia_meeting_fields: INVALID_FIELD naming what they do. [any] */
gboolean curia_meeting_check (json_t *fields, const CuriaOptions *options, GError **error);
/* Applies a checked object of curia_meeting_fields, all but the password, which wants hashing. [any] */
void curia_meeting_apply (CuriaMeeting *self, json_t *fields);
/* What holds on this server: settings that were left open are filled in, those above its limits lowered, and a codec
 * that it does not allow (any more) replaced by its first. Afterwards no setting is 0. [any] */
void curia_meeting_resolve (CuriaMeeting *self, const CuriaOptions *options);
/* The rules as in "settings" below. Caller owns. [any] */
json_t *curia_meeting_rules_to_json (const CuriaMeeting *self);
/* {"id","code","title","state":"open|ended","created_at","ended_at","settings":{"video_codec", "max_participants", ...,
 * "waiting_room", ..., "password": true}}; a setting that is left open is null, of a password is said whether there is one. Caller
 * owns. [any] */
json_t *curia_meeting_to_json (const CuriaMeeting *self);

#endif
