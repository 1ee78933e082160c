/* What rooms say over the bus is written down, and what they may not say is not. */
#include "transports/api/upkeep.h"

#include <glib/gstdio.h>

#include "curia-clock.h"
#include "curia-store-removals.h"

typedef struct {
	char *folder;
	CuriaNode *node;
	Upkeep *upkeep;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
	g_autoptr (GError) error = NULL;
	(void) data;
	self->folder = g_dir_make_tmp ("curia-upkeep-XXXXXX", &error);
	g_assert_no_error (error);
	g_autofree char *path = g_build_filename (self->folder, "curia.jcfg", NULL);
	static const char settings[] = "store: { url = \"sqlite:curia.db\" }\n"
		"token: { keys = [ \"devkey:a-secret-for-tests-of-more-than-32-bytes\" ] }\n";
	g_assert_true (g_file_set_contents (path, settings, -1, NULL));
	self->node = curia_node_ref (self->folder, &error);
	g_assert_no_error (error);
	self->upkeep = upkeep_new (self->node);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
	g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
	(void) data;
	upkeep_free (self->upkeep);
	curia_node_unref (self->node);
	for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
		g_autofree char *path = g_build_filename (self->folder, name, NULL);
		g_remove (path);
	}
	g_rmdir (self->folder);
	g_free (self->folder);
}

static void
say (Fixture *self, const char *topic, const char *text)
{
	json_auto_t *message = json_loads (text, 0, NULL);
	g_autoptr (GError) error = NULL;
	g_assert_nonnull (message);
	curia_bus_publish (curia_node_bus (self->node), topic, message, &error);
	g_assert_no_error (error);
}

#define REMOVED(identity, banned) \
	"{\"event\":\"removed\",\"meeting_id\":\"MT_1\",\"code\":\"c\",\"identity\":\"" identity "\",\"name\":\"Ann\",\"banned\":" banned \
	",\"by\":\"mo\",\"time_ms\":5000}"

/* Messages are written in their order: when the last is there, so are those before. */
static void
test_removals (Fixture *self, gconstpointer data)
{
	CuriaStore *store = curia_node_store (self->node);
	(void) data;
	say (self, "removals", REMOVED ("ann", "false"));
	say (self, "removals", "{\"meeting_id\":\"MT_1\"}");
	say (self, "removals", "{\"meeting_id\":7,\"identity\":[],\"time_ms\":\"x\"}");
	say (self, "removals", REMOVED ("bob", "true"));
	say (self, "removals", REMOVED ("bob", "true")); /* another node's word of the same */
	for (int i = 0; i < 3000 && curia_store_removal_check (store, "MT_1", "bob", 9999, NULL); i++)
		g_usleep (10000);
	g_assert_false (curia_store_removal_check (store, "MT_1", "bob", 9999, NULL));
	g_assert_false (curia_store_removal_check (store, "MT_1", "ann", 5, NULL));
	g_assert_true (curia_store_removal_check (store, "MT_1", "ann", 6, NULL));
	g_autoptr (GPtrArray) all = curia_store_removal_list (store, "MT_1", NULL);
	g_assert_cmpuint (all->len, ==, 2);
}

static CuriaMeeting *
make (Fixture *self, int end_when_empty_min)
{
	CuriaMeeting *meeting = curia_meeting_new ();
	meeting->rules.end_when_empty_min = end_when_empty_min;
	g_assert_true (curia_store_meeting_create (curia_node_store (self->node), meeting, NULL));
	return meeting;
}

static gboolean
has_ended (Fixture *self, const CuriaMeeting *meeting)
{
	g_autoptr (CuriaMeeting) now = curia_store_meeting_lookup (curia_node_store (self->node), meeting->code, NULL);
	return now->ended_ms != 0;
}

static void
test_ends (Fixture *self, gconstpointer data)
{
	g_autoptr (CuriaMeeting) lasting = make (self, 0), passing = make (self, 5);
	g_autofree char *first = g_strdup_printf ("{\"code\":\"%s\"}", lasting->code), *second = g_strdup_printf ("{\"code\":\"%s\"}", passing->code);
	(void) data;
	say (self, "meetings.end", "{\"code\":\"aaaa-aaaa-aaaa\"}");
	say (self, "meetings.end", first); /* its rules changed meanwhile: it stays */
	say (self, "meetings.end", second);
	say (self, "meetings.end", second);
	for (int i = 0; i < 3000 && !has_ended (self, passing); i++)
		g_usleep (10000);
	g_assert_true (has_ended (self, passing));
	g_assert_false (has_ended (self, lasting));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add ("/upkeep/removals", Fixture, NULL, set_up, test_removals, tear_down);
	g_test_add ("/upkeep/ends", Fixture, NULL, set_up, test_ends, tear_down);
	return g_test_run ();
}
