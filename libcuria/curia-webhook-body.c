#include "curia-webhook-body.h"

#include <string.h>
#include "curia-fields.h"

#define MS_PER_S 1000

static const struct {
	const char *event, *webhook;
	gboolean participant, track;
} names[] = {
	{ "call_started", "room_started", FALSE, FALSE },
	{ "call_ended", "room_finished", FALSE, FALSE },
	{ "participant_joined", "participant_joined", TRUE, FALSE },
	{ "participant_left", "participant_left", TRUE, FALSE },
	{ "track_published", "track_published", TRUE, TRUE },
	{ "track_unpublished", "track_unpublished", TRUE, TRUE },
};

static int
lookup (const char *event_type)
{
	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (strcmp (names[i].event, event_type) == 0)
			return (int) i;
	return -1;
}

const char *
webhook_name_of (const char *event_type)
{
	int row = lookup (event_type);

	return row >= 0 ? names[row].webhook : NULL;
}

guint
webhook_bit_of (const char *event_type)
{
	int row = lookup (event_type);

	return row >= 0 ? 1u << row : 0;
}

guint
webhook_bits_of_list (const char *list)
{
	g_auto (GStrv) words = g_strsplit (list, ",", -1);
	guint bits = 0;

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (*list == '\0' || g_strv_contains ((const char *const *) words, names[i].webhook))
			bits |= 1u << i;
	return bits;
}

/* ---- words of LiveKit's enums ---- */

typedef struct {
	const char *ours, *theirs;
} Word;

static const Word sources[] = {
	{ "camera", "CAMERA" },
	{ "microphone", "MICROPHONE" },
	{ "screen_share", "SCREEN_SHARE" },
	{ "screen_share_audio", "SCREEN_SHARE_AUDIO" },
	{ NULL, "UNKNOWN" },
};

/* Why somebody left; the room's words are in docs/ledger.md. */
static const Word reasons[] = {
	{ "left", "CLIENT_INITIATED" },
	{ "gone", "SIGNAL_CLOSE" },
	{ "lost", "SIGNAL_CLOSE" },
	{ "ended", "ROOM_DELETED" },
	{ "kicked", "PARTICIPANT_REMOVED" },
	{ "replaced", "DUPLICATE_IDENTITY" },
	{ "shutdown", "SERVER_SHUTDOWN" },
	{ NULL, "UNKNOWN_REASON" },
};

static const char *
translate (const Word *table, const char *word)
{
	while (table->ours != NULL && strcmp (table->ours, word) != 0)
		table++;
	return table->theirs;
}

/* ---- parts ---- */

static json_t *
int64_text (gint64 number)
{
	return json_sprintf ("%" G_GINT64_FORMAT, number);
}

static const char *
text_of (const LedgerEvent *event, const char *name)
{
	return curia_json_string (event->body, name, "");
}

static json_t *
room_json (const LedgerEvent *event, const WebhookFacts *facts)
{
	return json_pack ("{s:s, s:s, s:I, s:I, s:o, s:o}", "sid", event->call, "name", event->code, "maxParticipants",
		(json_int_t) facts->max_participants, "numParticipants", (json_int_t) facts->participants, "creationTime",
		int64_text (facts->call_started_ms / MS_PER_S), "creationTimeMs", int64_text (facts->call_started_ms));
}

static json_t *
participant_json (const LedgerEvent *event, const WebhookFacts *facts)
{
	gboolean left = strcmp (event->type, "participant_left") == 0;
	json_t *object = json_pack ("{s:s, s:s, s:s, s:s, s:o, s:o, s:{s:b, s:b}}", "sid",
		text_of (event, "participation"), "identity", text_of (event, "identity"), "name", text_of (event, "name"), "state",
		left ? "DISCONNECTED" : "ACTIVE", "joinedAt", int64_text (facts->joined_ms / MS_PER_S), "joinedAtMs",
		int64_text (facts->joined_ms), "permission", "canSubscribe", TRUE, "canPublish", !facts->viewer);

	if (left)
		json_object_set_new (object, "disconnectReason", json_string (translate (reasons, text_of (event, "reason"))));
	return object;
}

static json_t *
track_json (const LedgerEvent *event)
{
	const char *kind = text_of (event, "kind"), *codec = text_of (event, "codec");
	g_autofree char *upper = g_ascii_strup (codec, -1);
	gboolean video = strcmp (kind, "video") == 0;
	json_t *object = json_pack ("{s:s, s:s, s:s, s:s, s:b}", "sid", text_of (event, "track"), "type",
		video ? "VIDEO" : "AUDIO", "source", translate (sources, text_of (event, "source")), "name",
		text_of (event, "source"), "muted", curia_json_bool (event->body, "muted", FALSE));

	/* as in SDP: video/VP8, audio/opus */
	if (*codec != '\0')
		json_object_set_new (
			object, "mimeType", json_sprintf ("%s/%s", video ? "video" : "audio", video ? upper : codec));
	return object;
}

/* ---- the whole ---- */

json_t *
webhook_body_new (const LedgerEvent *event, const WebhookFacts *facts)
{
	int row = lookup (event->type);
	json_t *body = json_pack ("{s:s, s:o}", "event", names[row].webhook, "room", room_json (event, facts));

	if (names[row].participant)
		json_object_set_new (body, "participant", participant_json (event, facts));
	if (names[row].track)
		json_object_set_new (body, "track", track_json (event));
	json_object_set_new (body, "id", json_string (event->id));
	json_object_set_new (body, "createdAt", int64_text (event->time_ms / MS_PER_S));
	return body;
}

WebhookText *
webhook_text_new (const LedgerEvent *event, const WebhookFacts *facts)
{
	WebhookText *self = g_new0 (WebhookText, 1);
	json_auto_t *body = webhook_body_new (event, facts), *meeting = json_string (event->meeting);
	g_autofree char *text = json_dumps (body, JSON_COMPACT), *name = json_dumps (meeting, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL || name == NULL)
		return self;
	text[strlen (text) - 1] = '\0'; /* the closing brace */
	self->head = g_strconcat (text, ",\"curia\":{\"sequence\":", NULL);
	self->tail = g_strconcat (",\"meeting\":", name, "}}", NULL);
	return self;
}

void
webhook_text_free (WebhookText *self)
{
	if (self == NULL)
		return;
	g_free (self->head);
	g_free (self->tail);
	g_free (self);
}

char *
webhook_text_with (const WebhookText *self, gint64 sequence)
{
	return self->head != NULL ? g_strdup_printf ("%s%" G_GINT64_FORMAT "%s", self->head, sequence, self->tail) : NULL;
}
