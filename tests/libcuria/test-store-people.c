/* Who was removed, who has a role of their own, who did what: on both databases. */
#include "tests/libcuria/store-fixture.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-store-audit.h"
#include "curia-store-members.h"
#include "curia-store-removals.h"

/* ---- removals ---- */

static void
remove_one (CuriaStore *store, const char *identity, gint64 removed_ms, gboolean banned)
{
	g_autoptr (GError) error = NULL;
	CuriaRemoval removal = { (char *) "MT_1", (char *) identity, (char *) "Ann", removed_ms, banned, (char *) "host:1" };

	g_assert_true (curia_store_removal_add (store, &removal, &error));
	g_assert_no_error (error);
}

static gboolean
may (CuriaStore *store, const char *meeting, const char *identity, gint64 issued_s)
{
	g_autoptr (GError) error = NULL;
	gboolean result = curia_store_removal_check (store, meeting, identity, issued_s, &error);

	if (!result)
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_REMOVED);
	return result;
}

static void
test_removals (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (GError) error = NULL;

	(void) data;
	g_assert_true (may (store, "MT_1", "ann", 0));
	remove_one (store, "ann", 100500, FALSE);
	remove_one (store, "bob", 200000, TRUE);
	g_assert_false (may (store, "MT_1", "ann", 0));
	g_assert_false (may (store, "MT_1", "ann", 100));
	g_assert_true (may (store, "MT_1", "ann", 101));
	g_assert_false (may (store, "MT_1", "bob", 100));
	g_assert_false (may (store, "MT_1", "bob", 99999));
	g_assert_true (may (store, "MT_1", "Bob", 100));
	g_assert_true (may (store, "MT_2", "bob", 100));
	/* an old word does not undo a newer one, whatever the order in which nodes write; nor does the same one twice */
	remove_one (store, "bob", 150000, FALSE);
	remove_one (store, "bob", 200000, FALSE);
	g_assert_false (may (store, "MT_1", "bob", 99999));
	remove_one (store, "bob", 300000, FALSE);
	g_assert_true (may (store, "MT_1", "bob", 301));
	g_autoptr (GPtrArray) found = curia_store_removal_list (store, "MT_1", &error);
	g_assert_cmpuint (found->len, ==, 2);
	const CuriaRemoval *newest = found->pdata[0];
	g_assert_cmpstr (newest->identity, ==, "bob");
	g_assert_cmpstr (newest->name, ==, "Ann");
	g_assert_cmpstr (newest->removed_by, ==, "host:1");
	g_assert_cmpint (newest->removed_ms, ==, 300000);
	g_assert_false (newest->banned);
	/* and let come back */
	g_assert_true (curia_store_removal_forget (store, "MT_1", "ann", &error));
	g_assert_true (may (store, "MT_1", "ann", 0));
	g_assert_false (curia_store_removal_forget (store, "MT_1", "ann", &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
}

static void
test_removals_bounded (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);

	(void) data;
	for (int i = 0; i <= CURIA_REMOVALS_MAX; i++) {
		g_autofree char *identity = g_strdup_printf ("p%d", i);

		remove_one (store, identity, 1000 + i, TRUE);
	}
	g_autoptr (GPtrArray) found = curia_store_removal_list (store, "MT_1", NULL);
	g_assert_cmpuint (found->len, ==, CURIA_REMOVALS_MAX);
	g_assert_true (may (store, "MT_1", "p0", 0)); /* the oldest made room */
	g_assert_false (may (store, "MT_1", "p1", 0));
}

/* ---- members ---- */

static void
add_account (Place *place, const char *id, const char *email)
{
	g_autofree char *row = g_strdup_printf ("INSERT INTO accounts (id, email, email_verified, name, password, role, state, created_ms)"
		" VALUES ('%s', '%s', 1, 'Name of %s', '', 'user', 'active', 1)", id, email, id);

	place->run_sql (place->where, row);
}

static void
test_members (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *account = NULL;
	g_autoptr (GError) error = NULL, gone = NULL;

	(void) data;
	add_account (place, "US_ann", "ann@example.org");
	add_account (place, "US_bob", "bob@example.org");
	g_assert_cmpint (curia_store_member_role (store, "MT_1", "US_ann", &error), ==, -1);
	g_assert_true (curia_store_member_set (store, "MT_1", (CuriaMemberKey) { .account = "US_ann" }, CURIA_ROLE_MODERATOR, 10, NULL,
		&error));
	g_assert_true (curia_store_member_set (store, "MT_1", (CuriaMemberKey) { .email = "Bob@Example.ORG" }, CURIA_ROLE_VIEWER, 20,
		&account, &error));
	g_assert_no_error (error);
	g_assert_cmpstr (account, ==, "US_bob");
	g_assert_cmpint (curia_store_member_role (store, "MT_1", "US_ann", &error), ==, CURIA_ROLE_MODERATOR);
	g_assert_cmpint (curia_store_member_role (store, "MT_1", "US_bob", &error), ==, CURIA_ROLE_VIEWER);
	g_assert_cmpint (curia_store_member_role (store, "MT_2", "US_bob", &error), ==, -1);
	g_assert_true (curia_store_member_set (store, "MT_1", (CuriaMemberKey) { .account = "US_ann" }, CURIA_ROLE_HOST, 30, NULL, &error));
	g_autoptr (GPtrArray) found = curia_store_member_list (store, "MT_1", &error);
	g_assert_no_error (error);
	g_assert_cmpuint (found->len, ==, 2);
	const CuriaMember *first = found->pdata[0];
	g_assert_cmpstr (first->account, ==, "US_ann");
	g_assert_cmpstr (first->email, ==, "ann@example.org");
	g_assert_cmpstr (first->name, ==, "Name of US_ann");
	g_assert_cmpint (first->role, ==, CURIA_ROLE_HOST);
	g_assert_cmpint (first->added_ms, ==, 10);
	g_assert_true (curia_store_member_remove (store, "MT_1", "US_ann", &error));
	g_assert_cmpint (curia_store_member_role (store, "MT_1", "US_ann", &error), ==, -1);
	g_assert_no_error (error);
	g_assert_false (curia_store_member_remove (store, "MT_1", "US_ann", &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
	g_assert_false (curia_store_member_set (store, "MT_1", (CuriaMemberKey) { .email = "eve@example.org" }, CURIA_ROLE_HOST, 40, NULL,
		&gone));
	g_assert_error (gone, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
}

static void
test_meetings_of (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (GError) error = NULL;
	g_autofree char *next = NULL, *end = NULL;

	(void) data;
	add_account (place, "US_ann", "ann@example.org");
	for (int i = 0; i < 6; i++) {
		g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();

		meeting->created_ms = 1000 + i;
		g_free (meeting->owner);
		meeting->owner = g_strdup (i % 3 == 0 ? "US_ann" : "US_bob");
		g_assert_true (curia_store_meeting_create (store, meeting, &error));
		if (i <= 1) /* owner and member of the first, member of the second */
			g_assert_true (curia_store_member_set (store, meeting->id, (CuriaMemberKey) { .account = "US_ann" }, CURIA_ROLE_HOST, 1,
				NULL, &error));
	}
	g_autoptr (GPtrArray) page = curia_store_meeting_list_of (store, "US_ann", 2, NULL, &next, &error);
	g_assert_no_error (error);
	g_assert_cmpuint (page->len, ==, 2);
	g_assert_cmpint (((CuriaMeeting *) page->pdata[0])->created_ms, ==, 1003);
	g_assert_cmpint (((CuriaMeeting *) page->pdata[1])->created_ms, ==, 1001);
	g_autoptr (GPtrArray) rest = curia_store_meeting_list_of (store, "US_ann", 2, next, &end, &error);
	g_assert_cmpuint (rest->len, ==, 1);
	g_assert_cmpint (((CuriaMeeting *) rest->pdata[0])->created_ms, ==, 1000);
	g_assert_null (end);
}

/* ---- audit ---- */

#define FLUSH_MS 60000

static void
add_act (CuriaStore *store, int i)
{
	g_autofree char *target = g_strdup_printf ("p%d", i);

	curia_store_audit_add (store, &(CuriaAudit) { .time_ms = 1000 + i, .actor = "US_1", .actor_name = "Ann", .address = "192.0.2.1",
		.action = "participant.remove", .target = target, .meeting = i % 2 == 0 ? "MT_even" : "MT_odd", .result = "done",
		.detail = "{\"ban\":true}" });
}

static guint
count (CuriaStore *store, const char *meeting, int limit)
{
	guint n = 0;
	g_autofree char *cursor = NULL;

	do {
		g_autoptr (GError) error = NULL;
		g_autofree char *next = NULL;
		g_autoptr (GPtrArray) page = curia_store_audit_list (store, meeting, limit, cursor, &next, &error);

		g_assert_no_error (error);
		n += page->len;
		g_free (cursor);
		cursor = g_steal_pointer (&next);
	} while (cursor != NULL);
	return n;
}

static void
test_audit (Place *place, gconstpointer data)
{
	enum { N = 250 };
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (GError) error = NULL;
	g_autofree char *next = NULL;

	(void) data;
	for (int i = 0; i < N; i++)
		add_act (store, i);
	g_assert_true (curia_store_audit_flush (store, FLUSH_MS));
	g_assert_cmpuint (count (store, NULL, 60), ==, N);
	g_assert_cmpuint (count (store, "MT_odd", 60), ==, N / 2);
	g_autoptr (GPtrArray) page = curia_store_audit_list (store, "MT_even", 1, NULL, &next, &error);
	const CuriaAudit *newest = page->pdata[0];
	g_assert_true (g_str_has_prefix (newest->id, "AU_"));
	g_assert_cmpint (newest->time_ms, ==, 1248);
	g_assert_cmpstr (newest->actor, ==, "US_1");
	g_assert_cmpstr (newest->actor_name, ==, "Ann");
	g_assert_cmpstr (newest->address, ==, "192.0.2.1");
	g_assert_cmpstr (newest->action, ==, "participant.remove");
	g_assert_cmpstr (newest->target, ==, "p248");
	g_assert_cmpstr (newest->meeting, ==, "MT_even");
	g_assert_cmpstr (newest->result, ==, "done");
	g_assert_cmpstr (newest->detail, ==, "{\"ban\":true}");
	g_clear_pointer (&next, g_free);
	g_assert_null (curia_store_audit_list (store, NULL, 0, NULL, &next, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
}

/* What comes in may be anything; it must neither be lost nor keep other entries from being written. */
static void
test_audit_texts (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autofree char *long_text = g_strnfill (5000, 'x'), *next = NULL;
	GString *many = g_string_new ("x");

	(void) data;
	for (int i = 0; i < 999; i++)
		g_string_append (many, "\xc3\xa4"); /* of two bytes each, so that the cut falls within one */
	curia_store_audit_add (store, &(CuriaAudit) { .actor = "\xff\xfe", .action = "a" });
	curia_store_audit_add (store, &(CuriaAudit) { .actor = long_text, .detail = long_text, .action = "b" });
	curia_store_audit_add (store, &(CuriaAudit) { .actor = many->str, .action = "c" });
	curia_store_audit_add (store, &(CuriaAudit) { .action = "d" });
	g_string_free (many, TRUE);
	g_assert_true (curia_store_audit_flush (store, FLUSH_MS));
	g_autoptr (GPtrArray) page = curia_store_audit_list (store, NULL, 10, NULL, &next, NULL);
	g_assert_cmpuint (page->len, ==, 4);
	for (guint i = 0; i < page->len; i++) {
		const CuriaAudit *entry = page->pdata[i];

		g_assert_true (g_utf8_validate (entry->actor, -1, NULL));
		g_assert_cmpint (strlen (entry->actor), <=, 1000);
		g_assert_cmpint (ABS (entry->time_ms - curia_clock_wall_ms ()), <, 600000);
		if (entry->action[0] == 'b')
			g_assert_cmpstr (entry->detail, ==, "{\"cut\":true}");
		else
			g_assert_cmpstr (entry->detail, ==, "{}");
	}
}

/* Closing writes what waits. */
static void
test_audit_close (Place *place, gconstpointer data)
{
	CuriaStore *store = open_store (place->url);

	(void) data;
	for (int i = 0; i < 100; i++)
		add_act (store, i);
	curia_store_close (store);
	store = open_store (place->url);
	g_assert_cmpuint (count (store, NULL, 200), ==, 100);
	curia_store_close (store);
}

/* While the database refuses to be written to, adding goes on without waiting; what is more than the queue is lost, nothing else. */
static void
test_audit_away (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);

	(void) data;
	place->run_sql (place->where, "ALTER TABLE audit RENAME TO audit_away");
	for (int i = 0; i < CURIA_AUDIT_QUEUE + 500; i++)
		add_act (store, i);
	g_assert_false (curia_store_audit_flush (store, 300));
	place->run_sql (place->where, "ALTER TABLE audit_away RENAME TO audit");
	g_assert_true (curia_store_audit_flush (store, FLUSH_MS));
	g_assert_cmpuint (count (store, NULL, 200), ==, CURIA_AUDIT_QUEUE);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("removals", test_removals);
	ADD ("removals-bounded", test_removals_bounded);
	ADD ("members", test_members);
	ADD ("meetings-of-account", test_meetings_of);
	ADD ("audit", test_audit);
	ADD ("audit-texts", test_audit_texts);
	ADD ("audit-close", test_audit_close);
	ADD ("audit-away", test_audit_away);
	return g_test_run ();
}
