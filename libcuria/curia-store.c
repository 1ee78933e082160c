#include "curia-store.h"

#include <string.h>
#include "curia-error.h"
#include "curia-store-private.h"

#define MAX_LIST 200

const CuriaStoreSettings curia_store_defaults = { .connections = 4, .statement_timeout_ms = 30000, .connect_wait_ms = 30000 };

CuriaStore *curia_store_open (const char *url, GError **error)
{
	return curia_store_open_with (url, &curia_store_defaults, error);
}

CuriaStore *curia_store_open_with (const char *url, const CuriaStoreSettings *settings, GError **error)
{
	Database *database = database_open (url, settings, migrations, error);
	CuriaStore *self = NULL;

	if (database != NULL) {
		self = g_new (CuriaStore, 1);
		self->database = database;
		self->audit = store_audit_new (self);
	}
	return self;
}

void curia_store_hurry (CuriaStore *self)
{
	database_hurry (self->database);
}

void curia_store_close (CuriaStore *self)
{
	if (self == NULL)
		return;
	store_audit_free (self->audit);
	database_close (self->database);
	g_free (self);
}

gboolean curia_store_healthy (CuriaStore *self, GError **error)
{
	return database_healthy (self->database, error);
}

/* ---- meetings: rows ---- */

#define MEETING_COLUMNS \
	"id, code, created_ms, ended_ms, title, video_codec, max_participants, max_publishers, camera_bitrate_bps," \
	" screen_bitrate_bps, simulcast_layers, audio_slots, waiting_room, locked, join_before_host, mute_on_entry, guests," \
	" share_screen, chat, unmute, rename, record, end_when_empty_min, owner, password"

static CuriaRules rules_from_row (const SqlValue *cells)
{
	return (CuriaRules) {
		.waiting_room = (CuriaWaiting) cells[0].number,
		.locked = cells[1].number != 0,
		.join_before_host = cells[2].number != 0,
		.mute_on_entry = cells[3].number != 0,
		.guests = cells[4].number != 0,
		.share_screen = (CuriaPolicy) cells[5].number,
		.chat = (CuriaPolicy) cells[6].number,
		.unmute = (CuriaPolicy) cells[7].number,
		.rename = (CuriaPolicy) cells[8].number,
		.record = (CuriaPolicy) cells[9].number,
		.end_when_empty_min = (int) cells[10].number,
	};
}

static CuriaMeeting *meeting_from_row (const SqlValue *cells)
{
	CuriaMeeting *meeting = g_new (CuriaMeeting, 1);

	*meeting = (CuriaMeeting) {
		.id = g_strdup (cells[0].text),
		.code = g_strdup (cells[1].text),
		.created_ms = cells[2].number,
		.ended_ms = cells[3].number,
		.title = g_strdup (cells[4].text),
		.video_codec = g_strdup (cells[5].text),
		.max_participants = (int) cells[6].number,
		.max_publishers = (int) cells[7].number,
		.camera_bitrate_bps = (int) cells[8].number,
		.screen_bitrate_bps = (int) cells[9].number,
		.simulcast_layers = (int) cells[10].number,
		.audio_slots = (int) cells[11].number,
		.rules = rules_from_row (cells + 12),
		.owner = g_strdup (cells[23].text),
		.password = g_strdup (cells[24].text),
	};
	return meeting;
}

static void add_meeting (const SqlValue *cells, guint n, gpointer data)
{
	(void) n;
	g_ptr_array_add (data, meeting_from_row (cells));
}

static gboolean no_such_meeting (GError **error)
{
	return curia_throw (error, CURIA_ERROR_NO_SUCH_MEETING, "there is no meeting with this code");
}

/* ---- meetings: writes ---- */

#define MEETING_RULES(rules) \
	sql_int ((rules)->waiting_room), sql_int ((rules)->locked), sql_int ((rules)->join_before_host), \
		sql_int ((rules)->mute_on_entry), sql_int ((rules)->guests), sql_int ((rules)->share_screen), sql_int ((rules)->chat), \
		sql_int ((rules)->unmute), sql_int ((rules)->rename), sql_int ((rules)->record), sql_int ((rules)->end_when_empty_min)

/* What an update may change, as arguments, in the order of the columns. */
#define MEETING_SETTINGS(meeting) \
	sql_text ((meeting)->title), sql_text ((meeting)->video_codec), sql_int ((meeting)->max_participants), \
		sql_int ((meeting)->max_publishers), sql_int ((meeting)->camera_bitrate_bps), \
		sql_int ((meeting)->screen_bitrate_bps), sql_int ((meeting)->simulcast_layers), sql_int ((meeting)->audio_slots), \
		MEETING_RULES (&(meeting)->rules), sql_text ((meeting)->owner), sql_text ((meeting)->password)

static gboolean insert_meeting (Sql *sql, gpointer data, GError **error)
{
	const CuriaMeeting *meeting = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"INSERT INTO meetings (" MEETING_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
			" $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)"
			" ON CONFLICT DO NOTHING RETURNING id",
			sql_count_row, &n, error, sql_text (meeting->id), sql_text (meeting->code), sql_int (meeting->created_ms),
			sql_int (meeting->ended_ms), MEETING_SETTINGS (meeting)))
		return FALSE;
	return n == 1 || curia_throw (error, CURIA_ERROR_MEETING_EXISTS, "there is a meeting with this code already");
}

static gboolean update_meeting (Sql *sql, gpointer data, GError **error)
{
	const CuriaMeeting *meeting = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE meetings SET title = $2, video_codec = $3, max_participants = $4, max_publishers = $5,"
			" camera_bitrate_bps = $6, screen_bitrate_bps = $7, simulcast_layers = $8, audio_slots = $9,"
			" waiting_room = $10, locked = $11, join_before_host = $12, mute_on_entry = $13, guests = $14, share_screen = $15,"
			" chat = $16, unmute = $17, rename = $18, record = $19, end_when_empty_min = $20, owner = $21, password = $22"
			" WHERE code = $1 RETURNING id",
			sql_count_row, &n, error, sql_text (meeting->code), MEETING_SETTINGS (meeting)))
		return FALSE;
	return n == 1 || no_such_meeting (error);
}

typedef struct {
	const char *code;
	gint64 now_ms;
} End;

static gboolean end_meeting (Sql *sql, gpointer data, GError **error)
{
	const End *end = data;
	guint n = 0;

	if (!SQL_RUN (sql,
			"UPDATE meetings SET ended_ms = CASE WHEN ended_ms = 0 THEN $2 ELSE ended_ms END WHERE code = $1"
			" RETURNING id",
			sql_count_row, &n, error, sql_text (end->code), sql_int (end->now_ms)))
		return FALSE;
	return n == 1 || no_such_meeting (error);
}

gboolean curia_store_meeting_create (CuriaStore *self, const CuriaMeeting *meeting, GError **error)
{
	return database_write (self->database, insert_meeting, (gpointer) meeting, error);
}

gboolean curia_store_meeting_update (CuriaStore *self, const CuriaMeeting *meeting, GError **error)
{
	return database_write (self->database, update_meeting, (gpointer) meeting, error);
}

gboolean curia_store_meeting_end (CuriaStore *self, const char *code, gint64 now_ms, GError **error)
{
	return database_write (self->database, end_meeting, &(End) { code, now_ms }, error);
}

/* ---- meetings: reads ---- */

typedef struct {
	const char *code; /* lookup */
	const char *account; /* list: of which it is */
	gint64 before_ms; /* list: rows that are older than this one */
	const char *before_id;
	int limit;
	GPtrArray *found;
} Query;

static gboolean select_by_code (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql, "SELECT " MEETING_COLUMNS " FROM meetings WHERE code = $1", add_meeting, query->found, error,
		sql_text (query->code));
}

static gboolean select_newest (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql,
		"SELECT " MEETING_COLUMNS " FROM meetings WHERE (created_ms, id) < ($1, $2)"
		" ORDER BY created_ms DESC, id DESC LIMIT $3",
		add_meeting, query->found, error, sql_int (query->before_ms), sql_text (query->before_id),
		sql_int (query->limit));
}

static GPtrArray *meetings_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) curia_meeting_free);
}

CuriaMeeting *curia_store_meeting_lookup (CuriaStore *self, const char *code, GError **error)
{
	g_autoptr (GPtrArray) found = meetings_new ();

	if (!database_read (self->database, select_by_code, &(Query) { .code = code, .found = found }, error))
		return NULL;
	if (found->len == 0) {
		no_such_meeting (error);
		return NULL;
	}
	return g_ptr_array_steal_index (found, 0);
}

static GPtrArray *list (CuriaStore *self, SqlWork work, const char *account, int limit, const char *cursor, char **next_cursor,
	GError **error)
{
	g_autoptr (GPtrArray) found = meetings_new ();
	Query query = { .account = account, .limit = limit + 1, .found = found }; /* one more shows whether there is a next page */

	*next_cursor = NULL;
	if (limit < 1 || limit > MAX_LIST) {
		curia_throw (error, CURIA_ERROR_INVALID_FIELD, "limit must be 1 to %d, not %d", MAX_LIST, limit);
		return NULL;
	}
	if (!store_cursor_parse (cursor, &query.before_ms, &query.before_id, error)
		|| !database_read (self->database, work, &query, error))
		return NULL;
	if (found->len > (guint) limit) {
		g_ptr_array_set_size (found, limit);
		const CuriaMeeting *last = g_ptr_array_index (found, limit - 1);
		*next_cursor = store_cursor_of (last->created_ms, last->id);
	}
	return g_steal_pointer (&found);
}

/* One index for those it owns, one for those it is a member of. */
static gboolean select_of_account (Sql *sql, gpointer data, GError **error)
{
	Query *query = data;

	return SQL_RUN (sql,
		"SELECT " MEETING_COLUMNS " FROM meetings WHERE (created_ms, id) < ($1, $2) AND id IN"
		" (SELECT id FROM meetings WHERE owner = $4 UNION SELECT meeting FROM members WHERE account = $4)"
		" ORDER BY created_ms DESC, id DESC LIMIT $3",
		add_meeting, query->found, error, sql_int (query->before_ms), sql_text (query->before_id), sql_int (query->limit),
		sql_text (query->account));
}

GPtrArray *curia_store_meeting_list (CuriaStore *self, int limit, const char *cursor, char **next_cursor, GError **error)
{
	return list (self, select_newest, NULL, limit, cursor, next_cursor, error);
}

GPtrArray *curia_store_meeting_list_of (CuriaStore *self, const char *account, int limit, const char *cursor, char **next_cursor,
	GError **error)
{
	return list (self, select_of_account, account, limit, cursor, next_cursor, error);
}

guint
curia_store_waiting (CuriaStore *self)
{
	return database_waiting (self->database);
}
