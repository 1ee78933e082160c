#include "config.h"
#include "events/ledger/intake.h"

#include <string.h>
#include "curia-id.h"
#include "events/ledger/clean-json.h"

/* As in Janus' eventhandler.h, which only plugin.c knows. */
#define TYPE_WEBRTC 16
#define TYPE_PLUGIN 64
#define TYPE_CORE 256
#define SUBTYPE_WEBRTC_STATE 6
#define SUBTYPE_CORE_STARTUP 1
#define SUBTYPE_CORE_SHUTDOWN 2

#define OUR_PLUGINS "janus.plugin.curia."
#define MAX_TYPE_BYTES 64
#define LAST_MS G_GINT64_CONSTANT (253402300799999) /* the end of year 9999 */
#define MAX_VALUE (G_GINT64_CONSTANT (1) << 53)

/* ---- ids ---- */

#define ODD 0x9E3779B97F4A7C15u /* steps through all 64-bit numbers before one comes again */

/* The time first, so that rows that come together lie together in an index; then a number that no other start counts from. */
static void make_id (char id[INTAKE_ID_BYTES], gint64 now_ms, guint64 *number)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	guint64 time = (guint64) now_ms, rest = *number += ODD;

	memcpy (id, "EV_", 3);
	for (int i = 10; i >= 3; i--, time /= 62)
		id[i] = letters[time % 62];
	for (int i = 22; i >= 11; i--, rest /= 62)
		id[i] = letters[rest % 62];
	id[INTAKE_ID_BYTES - 1] = '\0';
}

/* ---- fields ---- */

static gboolean is_id (const char *text, gsize max)
{
	gsize n = strlen (text);

	return n <= max && strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.:-") == n;
}

/* "" when absent; NULL when it cannot be an id. */
static const char *read_id (json_t *object, const char *name)
{
	json_t *value = json_object_get (object, name);
	const char *text = value != NULL && !json_is_null (value) ? json_string_value (value) : "";

	return text != NULL && is_id (text, RECORD_MAX_ID_BYTES) ? text : NULL;
}

static gint64 read_time (json_t *data, json_t *envelope, gint64 now_ms)
{
	gint64 time_ms = json_integer_value (json_object_get (data, "time_ms"));

	if (time_ms <= 0 || time_ms > LAST_MS)
		time_ms = json_integer_value (json_object_get (envelope, "timestamp")) / 1000;
	return time_ms > 0 && time_ms <= LAST_MS ? time_ms : now_ms;
}

/* What has a place of its own in the record. */
static gboolean is_further_field (const char *name)
{
	static const char *const others[] = { "id", "event", "time_ms", "node", "meeting", "call" };

	for (guint i = 0; i < G_N_ELEMENTS (others); i++)
		if (strcmp (name, others[i]) == 0)
			return FALSE;
	return TRUE;
}

static void write_data (json_t *data, GString *out)
{
	if (!clean_json_write (out, data, is_further_field, RECORD_MAX_DATA_BYTES))
		clean_json_write_short (out, data, is_further_field, RECORD_MAX_DATA_BYTES);
}

/* ---- what a known event must have ---- */

enum { CALL = 1, PARTICIPATION = 2, TRACK = 4 };

static const struct {
	const char *type;
	guint needs;
} known[] = {
	{ "call_started", CALL },
	{ "call_ended", CALL },
	{ "participant_joined", CALL | PARTICIPATION },
	{ "participant_left", CALL | PARTICIPATION },
	{ "participant_reconnected", CALL | PARTICIPATION },
	{ "media_connected", CALL | PARTICIPATION },
	{ "track_published", CALL | PARTICIPATION | TRACK },
	{ "track_unpublished", CALL | PARTICIPATION | TRACK },
	{ "track_muted", CALL | PARTICIPATION | TRACK },
	{ "track_unmuted", CALL | PARTICIPATION | TRACK },
	{ "dominant_speaker", CALL },
	{ "quality", CALL | PARTICIPATION },
};

static guint needs_of (const char *type)
{
	for (guint i = 0; i < G_N_ELEMENTS (known); i++)
		if (strcmp (type, known[i].type) == 0)
			return known[i].needs;
	return 0;
}

static gboolean has (json_t *data, guint needs, guint bit, const char *name)
{
	const char *id = needs & bit ? read_id (data, name) : "";

	return !(needs & bit) || (id != NULL && *id != '\0');
}

/* ---- events of our plugins ---- */

static void read_values (json_t *data, Record *record)
{
	static const char *const names[] = {
#define X(name, unknown) #name,
		LEDGER_VALUES (X)
#undef X
	};
	static const gint64 unknown[] = {
#define X(name, unknown) unknown,
		LEDGER_VALUES (X)
#undef X
	};

	for (guint i = 0; i < LEDGER_N_VALUES; i++) {
		json_t *value = json_object_get (data, names[i]);
		gint64 max = i == LEDGER_VALUE_paused_slots || i == LEDGER_VALUE_freezes ? G_MAXINT32 : MAX_VALUE;

		record->values[i] = json_is_integer (value) ? CLAMP (json_integer_value (value), unknown[i], max) : unknown[i];
	}
}

static IntakeVerdict read_ours (json_t *data, const char *type, IntakeScratch *scratch, Record *record)
{
	guint needs = needs_of (type);

	record->type = type;
	record->meeting = read_id (data, "meeting");
	record->code = read_id (data, "code");
	record->call = read_id (data, "call");
	if (record->meeting == NULL || record->code == NULL || record->call == NULL || !has (data, needs, CALL, "call")
		|| !has (data, needs, CALL, "meeting") || !has (data, needs, PARTICIPATION, "participation")
		|| !has (data, needs, TRACK, "track"))
		return INTAKE_MALFORMED;
	if (strcmp (type, "quality") != 0) {
		write_data (data, scratch->data);
		return INTAKE_TAKEN;
	}
	record->kind = RECORD_SAMPLE;
	record->participation = read_id (data, "participation");
	read_values (data, record);
	return INTAKE_TAKEN;
}

/* Theirs are kept under "<package>/<event>", so that none can pass for one of ours. */
static IntakeVerdict read_foreign (json_t *data, const char *package, const char *type, IntakeScratch *scratch, Record *record)
{
	g_string_printf (scratch->type, "%s/%s", package, type);
	if (!is_id (package, MAX_TYPE_BYTES) || scratch->type->len > 2 * MAX_TYPE_BYTES)
		return INTAKE_MALFORMED;
	record->type = scratch->type->str;
	write_data (data, scratch->data);
	return INTAKE_TAKEN;
}

static IntakeVerdict read_plugin (json_t *body, IntakeScratch *scratch, Record *record)
{
	const char *package = json_string_value (json_object_get (body, "plugin"));
	json_t *data = json_object_get (body, "data");
	const char *type = json_string_value (json_object_get (data, "event"));

	if (package == NULL || type == NULL || *type == '\0' || !is_id (type, MAX_TYPE_BYTES))
		return INTAKE_MALFORMED;
	if (g_str_has_prefix (package, OUR_PLUGINS))
		return read_ours (data, type, scratch, record);
	return read_foreign (data, package, type, scratch, record);
}

/* ---- events of the core ---- */

static void take_core (const char *type, json_t *take_data, IntakeScratch *scratch, Record *record)
{
	record->type = type;
	write_data (take_data, scratch->data);
	json_decref (take_data);
}

static IntakeVerdict read_webrtc (json_t *event, json_t *body, IntakeScratch *scratch, Record *record)
{
	if (json_integer_value (json_object_get (event, "subtype")) != SUBTYPE_WEBRTC_STATE
		|| g_strcmp0 (json_string_value (json_object_get (body, "connection")), "hangup") != 0)
		return INTAKE_IGNORED;
	take_core ("webrtc_down",
		json_pack ("{s:O* s:O* s:O*}", "reason", json_object_get (body, "reason"), "session",
			json_object_get (event, "session_id"), "handle", json_object_get (event, "handle_id")),
		scratch, record);
	return INTAKE_TAKEN;
}

static IntakeVerdict read_core (json_t *event, json_t *body, IntakeScratch *scratch, Record *record)
{
	json_int_t subtype = json_integer_value (json_object_get (event, "subtype"));
	const char *status = json_string_value (json_object_get (body, "status"));

	if (subtype == SUBTYPE_CORE_STARTUP && g_strcmp0 (status, "started") == 0)
		take_core ("core_started",
			json_pack ("{s:O*}", "version", json_object_get (json_object_get (body, "info"), "version_string")), scratch,
			record);
	else if (subtype == SUBTYPE_CORE_SHUTDOWN)
		take_core ("core_stopped", json_pack ("{s:O*}", "signum", json_object_get (body, "signum")), scratch, record);
	else
		return INTAKE_IGNORED;
	return INTAKE_TAKEN;
}

/* ---- the interface ---- */

void intake_scratch_init (IntakeScratch *self)
{
	self->number = curia_id_random64 ();
	self->type = g_string_new (NULL);
	self->data = g_string_new (NULL);
}

void intake_scratch_clear (IntakeScratch *self)
{
	g_string_free (self->type, TRUE);
	g_string_free (self->data, TRUE);
}

static void begin (const char *node, gint64 now_ms, IntakeScratch *scratch, Record *record)
{
	make_id (scratch->id, now_ms, &scratch->number);
	*record = (Record) { .kind = RECORD_EVENT, .time_ms = now_ms, .id = scratch->id, .node = node, .meeting = "", .code = "",
		.call = "" };
}

IntakeVerdict intake_read (json_t *event, gint64 now_ms, const char *node, IntakeScratch *scratch, Record *record)
{
	json_t *body = json_object_get (event, "event");
	IntakeVerdict verdict = INTAKE_IGNORED;

	if (!json_is_object (event) || !json_is_object (body))
		return INTAKE_MALFORMED;
	begin (node, now_ms, scratch, record);
	switch (json_integer_value (json_object_get (event, "type"))) {
	case TYPE_PLUGIN: verdict = read_plugin (body, scratch, record); break;
	case TYPE_WEBRTC: verdict = read_webrtc (event, body, scratch, record); break;
	case TYPE_CORE: verdict = read_core (event, body, scratch, record); break;
	default: break;
	}
	record->time_ms = read_time (json_object_get (body, "data"), event, now_ms);
	record->data = scratch->data->str;
	return verdict;
}

void intake_own (const char *type, const char *data, gint64 now_ms, const char *node, IntakeScratch *scratch, Record *record)
{
	begin (node, now_ms, scratch, record);
	record->type = type;
	record->data = data;
}

gboolean intake_is_quality (json_t *event)
{
	json_t *data = json_object_get (json_object_get (event, "event"), "data");

	return g_strcmp0 (json_string_value (json_object_get (data, "event")), "quality") == 0;
}
