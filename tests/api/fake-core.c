#include "fake-core.h"

#include <string.h>
#include "transports/api/workers.h"

typedef struct {
	Session *session;
	gsize serial;
	json_t *message;
} Item;

FakeCounters fake_counters;
static GRWLock gate; /* guards shut: held for reading while the hub is called */
static gboolean shut;
static Workers *requests; /* one thread, as the real core has for all but messages */
static Workers *pool;     /* messages run side by side there, in any order */
static gint64 next_id;
static GMutex lock; /* guards busy and last */
static GHashTable *busy, *last; /* handle id -> ... */

static guint64
id_of (json_t *object, const char *name)
{
	return (guint64) json_integer_value (json_object_get (object, name));
}

static json_t *
reply_to (const Item *item, const char *kind)
{
	json_t *reply = json_pack ("{ss sO*}", "janus", kind, "transaction", json_object_get (item->message, "transaction"));

	if (id_of (item->message, "session_id"))
		json_object_set (reply, "session_id", json_object_get (item->message, "session_id"));
	return reply;
}

static void
answer (const Item *item, gsize serial, json_t *message)
{
	g_rw_lock_reader_lock (&gate);
	if (shut)
		json_decref (message);
	else
		hub_answer (item->session, serial, message);
	g_rw_lock_reader_unlock (&gate);
}

static void
say (const Item *item, json_t *message)
{
	answer (item, item->serial, message);
}

static void
say_id (const Item *item)
{
	json_t *reply = reply_to (item, "success");

	json_object_set_new (reply, "data", json_pack ("{sI}", "id", (json_int_t) ++next_id));
	say (item, reply);
}

static void
item_free (gpointer data)
{
	Item *self = data;

	json_decref (self->message);
	session_unref (self->session);
	g_free (self);
}

/* ---- messages ---- */

static void
enter (const Item *item, json_t *body)
{
	guint64 handle = id_of (item->message, "handle_id");
	gint64 n = json_integer_value (json_object_get (body, "n"));

	g_mutex_lock (&lock);
	if (!g_hash_table_add (busy, GSIZE_TO_POINTER (handle)))
		g_atomic_int_inc (&fake_counters.overlaps);
	if (n && n <= (gint64) GPOINTER_TO_SIZE (g_hash_table_lookup (last, GSIZE_TO_POINTER (handle))))
		g_atomic_int_inc (&fake_counters.disorder);
	if (n)
		g_hash_table_insert (last, GSIZE_TO_POINTER (handle), GSIZE_TO_POINTER (n));
	g_mutex_unlock (&lock);
	g_atomic_int_inc (&fake_counters.messages);
}

static void
leave (const Item *item)
{
	g_mutex_lock (&lock);
	g_hash_table_remove (busy, GSIZE_TO_POINTER (id_of (item->message, "handle_id")));
	g_mutex_unlock (&lock);
}

static void
send_events (const Item *item, json_t *body)
{
	gint64 count = json_integer_value (json_object_get (body, "event"));
	g_autofree char *text = g_strnfill ((gsize) json_integer_value (json_object_get (body, "bytes")), 'x');

	for (gint64 i = 1; i <= count; i++)
		answer (item, 0, json_pack ("{ss sO sO s{s{sI ss}}}", "janus", "event", "sender",
			json_object_get (item->message, "handle_id"), "session_id", json_object_get (item->message, "session_id"),
			"plugindata", "data", "n", (json_int_t) i, "text", text));
}

static void
on_message (gpointer data)
{
	Item *item = data;
	json_t *body = json_object_get (item->message, "body");
	const char *state = json_string_value (json_object_get (body, "state"));

	if (g_strcmp0 (json_string_value (json_object_get (body, "request")), "connection") == 0)
		g_atomic_int_inc (strcmp (state, "back") == 0 ? &fake_counters.back : &fake_counters.dropped);
	enter (item, body);
	g_usleep ((gulong) json_integer_value (json_object_get (body, "sleep_ms")) * 1000);
	leave (item);
	say (item, reply_to (item, "ack"));
	send_events (item, body);
	item_free (item);
}

/* ---- the rest ---- */

static void
on_destroy (const Item *item)
{
	g_atomic_int_inc (&fake_counters.destroyed);
	g_rw_lock_reader_lock (&gate);
	if (!shut)
		hub_session_over (item->session);
	g_rw_lock_reader_unlock (&gate);
	say (item, reply_to (item, "success"));
}

static void
carry_out (gpointer data)
{
	Item *item = data;
	const char *verb = json_string_value (json_object_get (item->message, "janus"));

	if (strcmp (verb, "message") == 0) {
		workers_push (pool, on_message, item, item_free);
		return;
	}
	if (strcmp (verb, "create") == 0 || strcmp (verb, "attach") == 0)
		say_id (item);
	else if (strcmp (verb, "destroy") == 0)
		on_destroy (item);
	else if (strcmp (verb, "info") == 0)
		say (item, reply_to (item, "server_info"));
	else if (strcmp (verb, "detach") == 0 || strcmp (verb, "hangup") == 0)
		say (item, reply_to (item, "success"));
	else
		say (item, reply_to (item, "ack"));
	if (strcmp (verb, "keepalive") == 0)
		g_atomic_int_inc (&fake_counters.keepalives);
	item_free (item);
}

/* ---- the hub's end ---- */

static gpointer
core_open (Session *session)
{
	g_atomic_int_inc (&fake_counters.sessions);
	return session;
}

static void
core_close (gpointer link)
{
	g_atomic_int_dec_and_test (&fake_counters.sessions);
	session_unref (link);
}

static void
core_request (gpointer link, gsize serial, json_t *message)
{
	Item *item = g_new (Item, 1);

	*item = (Item) { session_ref (link), serial, message };
	workers_push (requests, carry_out, item, item_free);
}

static void
core_gone (gpointer link)
{
	(void) link;
	g_atomic_int_inc (&fake_counters.gone);
}

const Core fake_core = { core_open, core_close, core_request, core_gone };

void
fake_core_start (void)
{
	memset (&fake_counters, 0, sizeof fake_counters);
	shut = FALSE;
	busy = g_hash_table_new (NULL, NULL);
	last = g_hash_table_new (NULL, NULL);
	pool = workers_new (4, G_MAXUINT);
	requests = workers_new (1, G_MAXUINT);
}

void
fake_core_shut (void)
{
	g_rw_lock_writer_lock (&gate);
	shut = TRUE;
	g_rw_lock_writer_unlock (&gate);
}

void
fake_core_stop (void)
{
	workers_free (requests);
	workers_free (pool);
	g_hash_table_unref (busy);
	g_hash_table_unref (last);
	g_assert_cmpint (g_atomic_int_get (&fake_counters.sessions), ==, 0);
}
