#include "curia-meeting.h"

#include "curia-clock.h"
#include "curia-id.h"

#define DEFAULT_VIDEO_CODEC "vp8" /* what every browser sends and receives without licence questions */
#define DEFAULT_MAX_PARTICIPANTS 100

const CuriaField curia_meeting_fields[] = {
	{ "title", CURIA_FIELD_STRING, .max = 200, .doc = "What the meeting is about, shown to everybody" },
	{ "max_participants", CURIA_FIELD_INT, .min = 1, .max = 500, .doc = "How many may be in the meeting at a time" },
	{ "video_codec", CURIA_FIELD_STRING, .allowed = "vp8|h264|vp9|av1",
		.doc = "The codec of every camera and screen in it" },
	{ 0 },
};

CuriaMeeting *
curia_meeting_new (void)
{
	CuriaMeeting *self = g_new0 (CuriaMeeting, 1);

	self->id = curia_id_new ("MT_");
	self->code = curia_id_code ();
	self->title = g_strdup ("");
	self->video_codec = g_strdup (DEFAULT_VIDEO_CODEC);
	self->max_participants = DEFAULT_MAX_PARTICIPANTS;
	self->created_ms = curia_clock_wall_ms ();
	return self;
}

CuriaMeeting *
curia_meeting_copy (const CuriaMeeting *self)
{
	CuriaMeeting *copy = g_new (CuriaMeeting, 1);

	*copy = *self;
	copy->id = g_strdup (self->id);
	copy->code = g_strdup (self->code);
	copy->title = g_strdup (self->title);
	copy->video_codec = g_strdup (self->video_codec);
	return copy;
}

void
curia_meeting_free (CuriaMeeting *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->code);
	g_free (self->title);
	g_free (self->video_codec);
	g_free (self);
}

static void
replace_string (char **member, const char *value)
{
	char *copy = g_strdup (value); /* first, since the value may be the member */

	g_free (*member);
	*member = copy;
}

void
curia_meeting_apply (CuriaMeeting *self, json_t *fields)
{
	replace_string (&self->title, curia_json_string (fields, "title", self->title));
	replace_string (&self->video_codec, curia_json_string (fields, "video_codec", self->video_codec));
	self->max_participants = (int) curia_json_int (fields, "max_participants", self->max_participants);
}

static json_t *
time_to_json (gint64 wall_ms)
{
	g_autofree char *text = wall_ms > 0 ? curia_clock_rfc3339 (wall_ms) : NULL;

	return text != NULL ? json_string (text) : json_null ();
}

json_t *
curia_meeting_to_json (const CuriaMeeting *self)
{
	return json_pack ("{s:s, s:s, s:s, s:s, s:o, s:o, s:{s:s, s:i}}", "id", self->id, "code", self->code, "title",
		self->title, "state", self->ended_ms > 0 ? "ended" : "open", "created_at", time_to_json (self->created_ms),
		"ended_at", time_to_json (self->ended_ms), "settings", "video_codec", self->video_codec, "max_participants",
		self->max_participants);
}
