#include "curia-meeting.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"

#define DEFAULT_VIDEO_CODEC "vp8" /* what every browser sends and receives without licence questions */
#define DEFAULT_MAX_PARTICIPANTS 100

#define WORDS(name_, allowed_, doc_) { name_, CURIA_FIELD_STRING, .allowed = allowed_, .doc = doc_ }
#define FLAG(name_, doc_) { name_, CURIA_FIELD_BOOL, .doc = doc_ }
#define BITRATE(name_, doc_) { name_, CURIA_FIELD_INT, .min = 30000, .max = 50000000, .doc = doc_ }

const CuriaField curia_meeting_fields[] = {
	{ "title", CURIA_FIELD_STRING, .max = 200, .doc = "What the meeting is about, shown to everybody" },
	{ "max_participants", CURIA_FIELD_INT, .min = 1, .max = 1000, .doc = "How many may be in the meeting at a time" },
	{ "max_publishers", CURIA_FIELD_INT, .min = 1, .max = 1000, .doc = "How many of them may send audio or video at a time" },
	{ "video_codec", CURIA_FIELD_STRING, .allowed = "vp8|h264|vp9|av1",
		.doc = "The codec of every camera and screen in it; this server may allow fewer" },
	BITRATE ("camera_bitrate_bps", "What a camera may send, in bit/s"),
	BITRATE ("screen_bitrate_bps", "What a shared screen may send, in bit/s"),
	{ "simulcast_layers", CURIA_FIELD_INT, .min = 1, .max = 3,
		.doc = "How many sizes of a camera's picture are sent, so that each viewer gets what fits" },
	{ "audio_slots", CURIA_FIELD_INT, .min = 1, .max = 8, .doc = "How many of the loudest are heard at a time" },
	WORDS ("waiting_room", CURIA_WAITING_NAMES, "Who waits until somebody lets them in"),
	FLAG ("locked", "Nobody new comes in but moderators and above"),
	FLAG ("join_before_host", "Whether one can be in it before a moderator, host or owner is"),
	FLAG ("mute_on_entry", "Whether microphones are off when people come in"),
	FLAG ("guests", "Whether people without an account, or a token of an application, may come in"),
	WORDS ("share_screen", CURIA_POLICY_NAMES, "Who may share a screen"),
	WORDS ("chat", CURIA_POLICY_NAMES, "Who may write in the chat"),
	WORDS ("unmute", CURIA_POLICY_NAMES, "Who may switch the own microphone on"),
	WORDS ("rename", CURIA_POLICY_NAMES, "Who may change the own name"),
	WORDS ("record", CURIA_POLICY_NAMES, "Who may record"),
	{ "end_when_empty_min", CURIA_FIELD_INT, .min = 0, .max = 1440,
		.doc = "The meeting ends for good when it was empty for so many minutes; 0: never" },
	{ "password", CURIA_FIELD_STRING, .max = 128, .doc = "What guests must know to come in; empty: nothing. Never given out" },
	{ 0 },
};

/* Settings that are numbers, and the server's options that fill in what is left open. */
typedef struct {
	const char *name, *option;
	gsize offset;
	gboolean capped; /* nor may it be more than the option */
} Setting;

static const Setting settings[] = {
	{ "max_participants", "room.max_participants", G_STRUCT_OFFSET (CuriaMeeting, max_participants), TRUE },
	{ "max_publishers", "room.max_publishers", G_STRUCT_OFFSET (CuriaMeeting, max_publishers), TRUE },
	{ "camera_bitrate_bps", "room.video_bitrate_bps", G_STRUCT_OFFSET (CuriaMeeting, camera_bitrate_bps), TRUE },
	{ "screen_bitrate_bps", "room.screen_bitrate_bps", G_STRUCT_OFFSET (CuriaMeeting, screen_bitrate_bps), TRUE },
	{ "simulcast_layers", "room.simulcast_layers", G_STRUCT_OFFSET (CuriaMeeting, simulcast_layers), TRUE },
	{ "audio_slots", "room.audio_slots", G_STRUCT_OFFSET (CuriaMeeting, audio_slots), FALSE },
};

/* The rules: words of a field's table are the numbers of its enumeration. */
typedef struct {
	const char *name;
	gsize offset;
} Rule;

#define RULE(member) { #member, G_STRUCT_OFFSET (CuriaMeeting, rules.member) }

static const Rule rules[] = {
	RULE (waiting_room), RULE (locked), RULE (join_before_host), RULE (mute_on_entry), RULE (guests), RULE (share_screen),
	RULE (chat), RULE (unmute), RULE (rename), RULE (record), RULE (end_when_empty_min),
};
G_STATIC_ASSERT (sizeof (gboolean) == sizeof (int) && sizeof (CuriaPolicy) == sizeof (int) && sizeof (CuriaWaiting) == sizeof (int));

static int *value_of (CuriaMeeting *self, const Setting *setting)
{
	return G_STRUCT_MEMBER_P (self, setting->offset);
}

CuriaMeeting *curia_meeting_new (void)
{
	CuriaMeeting *self = g_new0 (CuriaMeeting, 1);

	self->id = curia_id_new ("MT_");
	self->code = curia_id_code ();
	self->title = g_strdup ("");
	self->video_codec = g_strdup (DEFAULT_VIDEO_CODEC);
	self->max_participants = DEFAULT_MAX_PARTICIPANTS;
	self->rules = curia_rules_default;
	self->owner = g_strdup ("");
	self->password = g_strdup ("");
	self->created_ms = curia_clock_wall_ms ();
	return self;
}

CuriaMeeting *curia_meeting_copy (const CuriaMeeting *self)
{
	CuriaMeeting *copy = g_new (CuriaMeeting, 1);

	*copy = *self;
	copy->id = g_strdup (self->id);
	copy->code = g_strdup (self->code);
	copy->title = g_strdup (self->title);
	copy->video_codec = g_strdup (self->video_codec);
	copy->owner = g_strdup (self->owner);
	copy->password = g_strdup (self->password);
	return copy;
}

void curia_meeting_free (CuriaMeeting *self)
{
	if (self == NULL)
		return;
	g_free (self->id);
	g_free (self->code);
	g_free (self->title);
	g_free (self->video_codec);
	g_free (self->owner);
	g_free (self->password);
	g_free (self);
}

static void replace_string (char **member, const char *value)
{
	char *copy = g_strdup (value); /* first, since the value may be the member */

	g_free (*member);
	*member = copy;
}

/* ---- settings ---- */

static const CuriaField *field_named (const char *name)
{
	const CuriaField *field = curia_meeting_fields;

	while (!g_str_equal (field->name, name))
		field++;
	return field;
}

static gboolean check_number (json_t *fields, const Setting *setting, const CuriaOptions *options, GError **error)
{
	gint64 most = curia_options_int (options, setting->option), given = curia_json_int (fields, setting->name, 0);

	if (!setting->capped || given <= most)
		return TRUE;
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD,
		"%s must be %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " on this server, not %" G_GINT64_FORMAT, setting->name,
		field_named (setting->name)->min, most, given);
}

static gboolean check_codec (json_t *fields, const CuriaOptions *options, GError **error)
{
	const char *const *codecs = curia_options_list (options, "room.video_codecs");
	const char *given = curia_json_string (fields, "video_codec", codecs[0]);
	g_autofree char *allowed = g_strjoinv ("|", (char **) codecs);

	return curia_words_contain (allowed, given)
		|| curia_throw (error, CURIA_ERROR_INVALID_FIELD, "video_codec must be one of %s on this server, not \"%s\"", allowed, given);
}

gboolean curia_meeting_check (json_t *fields, const CuriaOptions *options, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
		if (!check_number (fields, &settings[i], options, error))
			return FALSE;
	return check_codec (fields, options, error);
}

static int number_of_word (const char *words, const char *word, int fallback)
{
	g_auto (GStrv) list = g_strsplit (words, "|", 0);

	for (int i = 0; list[i] != NULL; i++)
		if (g_str_equal (list[i], word))
			return i;
	return fallback;
}

static void apply_rule (CuriaMeeting *self, const Rule *rule, json_t *fields)
{
	const CuriaField *field = field_named (rule->name);
	int *value = G_STRUCT_MEMBER_P (self, rule->offset);

	if (field->type == CURIA_FIELD_BOOL)
		*value = curia_json_bool (fields, rule->name, *value);
	else if (field->type == CURIA_FIELD_INT)
		*value = (int) curia_json_int (fields, rule->name, *value);
	else
		*value = number_of_word (field->allowed, curia_json_string (fields, rule->name, ""), *value);
}

void curia_meeting_apply (CuriaMeeting *self, json_t *fields)
{
	replace_string (&self->title, curia_json_string (fields, "title", self->title));
	replace_string (&self->video_codec, curia_json_string (fields, "video_codec", self->video_codec));
	for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
		int *value = value_of (self, &settings[i]);

		*value = (int) curia_json_int (fields, settings[i].name, *value);
	}
	for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
		apply_rule (self, &rules[i], fields);
}

void curia_meeting_resolve (CuriaMeeting *self, const CuriaOptions *options)
{
	const char *const *codecs = curia_options_list (options, "room.video_codecs");

	for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
		int *value = value_of (self, &settings[i]), here = (int) curia_options_int (options, settings[i].option);

		if (*value == 0 || (settings[i].capped && *value > here))
			*value = here;
	}
	if (!g_strv_contains (codecs, self->video_codec))
		replace_string (&self->video_codec, codecs[0]);
}

/* ---- JSON ---- */

static json_t *time_to_json (gint64 wall_ms)
{
	g_autofree char *text = wall_ms > 0 ? curia_clock_rfc3339 (wall_ms) : NULL;

	return text != NULL ? json_string (text) : json_null ();
}

static json_t *rule_to_json (const CuriaMeeting *self, const Rule *rule)
{
	const CuriaField *field = field_named (rule->name);
	int value = *(const int *) G_STRUCT_MEMBER_P (self, rule->offset);

	if (field->type == CURIA_FIELD_BOOL)
		return json_boolean (value);
	if (field->type == CURIA_FIELD_INT)
		return json_integer (value);
	g_auto (GStrv) words = g_strsplit (field->allowed, "|", 0);
	return json_string (words[value]);
}

json_t *curia_meeting_rules_to_json (const CuriaMeeting *self)
{
	json_t *object = json_object ();

	for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
		json_object_set_new (object, rules[i].name, rule_to_json (self, &rules[i]));
	json_object_set_new (object, "password", json_boolean (self->password[0] != '\0'));
	return object;
}

static json_t *settings_to_json (const CuriaMeeting *self)
{
	json_t *object = json_pack ("{s:s}", "video_codec", self->video_codec);

	for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
		int value = *value_of ((CuriaMeeting *) self, &settings[i]);

		json_object_set_new (object, settings[i].name, value != 0 ? json_integer (value) : json_null ());
	}
	json_object_update_new (object, curia_meeting_rules_to_json (self));
	return object;
}

json_t *curia_meeting_to_json (const CuriaMeeting *self)
{
	return json_pack ("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", self->id, "code", self->code, "title", self->title, "state",
		self->ended_ms > 0 ? "ended" : "open", "created_at", time_to_json (self->created_ms), "ended_at",
		time_to_json (self->ended_ms), "settings", settings_to_json (self));
}
