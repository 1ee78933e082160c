/* Accounts, sessions and links, on both databases. */
#include "tests/libcuria/store-fixture.h"

#include <string.h>
#include "curia-error.h"
#include "curia-refresh-token.h"
#include "curia-store-members.h"
#include "curia-store-secrets.h"
#include "curia-store-sessions.h"

#define DAY_MS (24 * 3600 * 1000)

static CuriaAccount *
make (CuriaStore *store, const char *email, const char *role)
{
	CuriaAccount *account = curia_account_new ();
	g_autoptr (GError) error = NULL;

	g_free (account->email);
	g_free (account->role);
	account->email = g_strdup (email);
	account->role = g_strdup (role);
	g_free (account->name);
	account->name = g_strdup_printf ("Name of %s", email);
	g_free (account->password);
	account->password = g_strdup ("hash");
	g_assert_true (curia_store_account_create (store, account, &error));
	g_assert_no_error (error);
	return account;
}

/* ---- addresses ---- */

static void
test_email (void)
{
	static const struct {
		const char *text, *email;
	} rows[] = {
		{ "Ann@Example.org", "ann@example.org" },
		{ " ann@example.org ", "ann@example.org" },
		{ "ann@localhost", "ann@localhost" },
		{ "\xc3\x84nn@b\xc3\xbc.de", "\xc3\xa4nn@b\xc3\xbc.de" },
		{ "e\xcc\x81@x.org", "\xc3\xa9@x.org" }, /* one letter, however it is written */
		{ "", NULL },
		{ "ann", NULL },
		{ "@example.org", NULL },
		{ "ann@", NULL },
		{ "ann@b@c", NULL },
		{ "an n@example.org", NULL },
		{ "ann@example.org\nBcc: x@y", NULL },
		{ "<ann@example.org>", NULL },
		{ "a\xe2\x80\xae@b", NULL },
		{ "\xff@b", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *email = curia_account_email (rows[i].text);

		g_assert_cmpstr (email, ==, rows[i].email);
	}
	g_autofree char *many = g_strnfill (300, 'a'), *address = g_strconcat (many, "@b", NULL);
	g_assert_null (curia_account_email (address));
	g_assert_null (curia_account_email (NULL));
}

/* ---- refresh tokens ---- */

static void
test_refresh_token (void)
{
	g_autoptr (CuriaRefreshToken) token = curia_refresh_token_new ("SE_1"), same = NULL, other = curia_refresh_token_new ("SE_1");
	g_autofree char *text = curia_refresh_token_to_text (token, "key"), *digest = curia_refresh_token_digest (token->secret);

	same = curia_refresh_token_parse ("key", text);
	g_assert_cmpstr (same->session, ==, "SE_1");
	g_assert_cmpstr (same->secret, ==, token->secret);
	g_assert_cmpint (same->generation, ==, 1);
	g_assert_cmpstr (other->secret, !=, token->secret);
	g_assert_null (strstr (text, digest));
	g_assert_null (curia_refresh_token_parse ("another key", text));
	g_assert_null (curia_refresh_token_parse ("key", ""));
	g_assert_null (curia_refresh_token_parse ("key", NULL));
	g_assert_null (curia_refresh_token_parse ("key", "a.b"));
	/* no letter of it may change, none may be missing */
	for (gsize i = 0; text[i] != '\0'; i++) {
		g_autofree char *forged = g_strdup (text), *cut = g_strndup (text, i);

		forged[i] = forged[i] == '2' ? '3' : '2';
		g_assert_null (curia_refresh_token_parse ("key", forged));
		g_assert_null (curia_refresh_token_parse ("key", cut));
	}
}

/* ---- accounts ---- */

static void
test_accounts (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@example.org", "user"), again = curia_account_new (), read = NULL, changed = NULL;
	g_autoptr (GError) exists = NULL, none = NULL, error = NULL;

	(void) data;
	g_free (again->email);
	again->email = g_strdup (ann->email);
	g_assert_false (curia_store_account_create (store, again, &exists));
	g_assert_error (exists, CURIA_ERROR, CURIA_ERROR_ACCOUNT_EXISTS);
	g_assert_null (curia_store_account_lookup (store, again->id, &none));
	g_assert_error (none, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
	g_assert_null (curia_store_account_lookup_email (store, "Ann@example.org", NULL)); /* others make the form */
	read = curia_store_account_lookup_email (store, "ann@example.org", &error);
	g_assert_no_error (error);
	g_assert_cmpstr (read->id, ==, ann->id);
	g_assert_cmpstr (read->password, ==, "hash");
	g_assert_cmpstr (read->state, ==, "active");

	g_free (read->name);
	read->name = g_strdup ("'; DROP TABLE accounts; --");
	g_free (read->preferences);
	read->preferences = g_strdup ("{\"camera\":\"x\"}");
	g_free (read->role);
	read->role = g_strdup ("admin"); /* not by this way */
	g_free (read->password);
	read->password = g_strdup ("mine");
	g_assert_true (curia_store_account_update (store, read, &error));
	changed = curia_store_account_lookup (store, ann->id, &error);
	g_assert_cmpstr (changed->name, ==, read->name);
	g_assert_cmpstr (changed->preferences, ==, read->preferences);
	g_assert_cmpstr (changed->role, ==, "user");
	g_assert_cmpstr (changed->password, ==, "hash");
	g_assert_true (curia_store_account_rehash (store, ann->id, "another", "no", NULL));
	g_assert_true (curia_store_account_rehash (store, ann->id, "hash", "new", NULL));
	g_autoptr (CuriaAccount) hashed = curia_store_account_lookup (store, ann->id, NULL);
	g_assert_cmpstr (hashed->password, ==, "new");
	g_assert_false (curia_store_account_update (store, again, NULL));
}

static guint
count_pages (CuriaStore *store, const char *text, int limit, guint *n)
{
	g_autofree char *cursor = NULL;
	guint pages = 0;

	*n = 0;
	do {
		g_autoptr (GError) error = NULL;
		char *next = NULL;
		g_autoptr (GPtrArray) page = curia_store_account_list (store, text, limit, cursor, &next, &error);

		g_assert_no_error (error);
		*n += page->len;
		pages++;
		g_free (cursor);
		cursor = next;
	} while (cursor != NULL);
	return pages;
}

static void
test_list (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	guint n;

	(void) data;
	for (int i = 0; i < 25; i++) {
		g_autofree char *email = g_strdup_printf ("p%d_%s@example.org", i, i < 5 ? "x" : "y");
		g_autoptr (CuriaAccount) account = make (store, email, "user");
	}
	g_assert_cmpuint (count_pages (store, NULL, 10, &n), ==, 3);
	g_assert_cmpuint (n, ==, 25);
	count_pages (store, "_x@", 3, &n);
	g_assert_cmpuint (n, ==, 5);
	count_pages (store, "NAME OF P1", 10, &n);
	g_assert_cmpuint (n, ==, 11); /* p1, p10 to p19 */
	count_pages (store, "%", 10, &n);
	g_assert_cmpuint (n, ==, 0);
	count_pages (store, "1!", 10, &n);
	g_assert_cmpuint (n, ==, 0);
	char *next;
	g_autoptr (GError) error = NULL;
	g_assert_null (curia_store_account_list (store, NULL, 10, "nonsense", &next, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD);
}

static void
assert_last (gboolean done, GError *error)
{
	g_assert_false (done);
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_FORBIDDEN);
	g_error_free (error);
}

static void
test_last_admin (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "admin"), bob = make (store, "bob@x", "user");
	GError *error = NULL;
	gboolean done;
	guint n;

	(void) data;
	done = curia_store_account_set_role (store, ann->id, "user", "active", &error);
	assert_last (done, g_steal_pointer (&error));
	done = curia_store_account_set_role (store, ann->id, "admin", "disabled", &error);
	assert_last (done, g_steal_pointer (&error));
	done = curia_store_account_delete (store, ann->id, &error);
	assert_last (done, g_steal_pointer (&error));
	g_assert_true (curia_store_account_count_admins (store, &n, NULL));
	g_assert_cmpuint (n, ==, 1);
	g_assert_true (curia_store_account_set_role (store, bob->id, "admin", "active", NULL));
	g_assert_true (curia_store_account_delete (store, ann->id, NULL));
	g_assert_false (curia_store_account_delete (store, ann->id, NULL));
	done = curia_store_account_set_role (store, bob->id, "admin", "disabled", &error);
	assert_last (done, g_steal_pointer (&error));
}

static void
test_delete (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user");
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new (), read = NULL;

	(void) data;
	g_free (meeting->owner);
	meeting->owner = g_strdup (ann->id);
	g_assert_true (curia_store_meeting_create (store, meeting, NULL));
	g_assert_true (curia_store_member_set (store, meeting->id, (CuriaMemberKey) { ann->id, NULL }, CURIA_ROLE_HOST, 1, NULL, NULL));
	g_assert_true (curia_store_identity_link (store, "https://id", "7", ann->id, 1, NULL));
	g_assert_true (curia_store_account_delete (store, ann->id, NULL));
	read = curia_store_meeting_lookup (store, meeting->code, NULL);
	g_assert_cmpstr (read->owner, ==, "");
	g_autoptr (GPtrArray) members = curia_store_member_list (store, meeting->id, NULL);
	g_assert_cmpuint (members->len, ==, 0);
	g_autoptr (GError) error = NULL;
	g_assert_null (curia_store_identity_lookup (store, "https://id", "7", &error));
	g_assert_no_error (error);
}

static void
test_identities (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user"), bob = make (store, "bob@x", "user"), found = NULL;
	g_autoptr (GError) error = NULL, taken = NULL;

	(void) data;
	g_assert_true (curia_store_identity_link (store, "https://b", "7", ann->id, 1, NULL));
	g_assert_true (curia_store_identity_link (store, "https://b", "7", ann->id, 2, NULL));
	g_assert_true (curia_store_identity_link (store, "https://a", "7", ann->id, 2, NULL));
	g_assert_false (curia_store_identity_link (store, "https://b", "7", bob->id, 1, &taken));
	g_assert_error (taken, CURIA_ERROR, CURIA_ERROR_ACCOUNT_EXISTS);
	found = curia_store_identity_lookup (store, "https://b", "7", &error);
	g_assert_cmpstr (found->id, ==, ann->id);
	g_assert_null (curia_store_identity_lookup (store, "https://b", "8", &error));
	g_assert_no_error (error);
	g_auto (GStrv) issuers = curia_store_identity_issuers (store, ann->id, NULL);
	g_autofree char *all = g_strjoinv (" ", issuers);
	g_assert_cmpstr (all, ==, "https://a https://b");
}

/* ---- sessions ---- */

static void
begin (CuriaStore *store, const char *id, const CuriaAccount *account, gint64 now_ms)
{
	CuriaSession session = { (char *) id, account->id, (char *) "digest", 1, now_ms, now_ms, now_ms + DAY_MS, (char *) "192.0.2.1",
		(char *) "Test" };
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_store_session_create (store, &session, &error));
	g_assert_no_error (error);
}

static gboolean
lives (CuriaStore *store, const char *id, gint64 now_ms)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaAccount) account = curia_store_session_account (store, id, now_ms, &error);

	if (account == NULL)
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_SESSION_ENDED);
	return account != NULL;
}

static gboolean
renew (CuriaStore *store, const char *id, const char *secret, gint64 generation, gint64 now_ms, gboolean *reused)
{
	CuriaRefresh refresh = { id, secret, generation, now_ms, now_ms + DAY_MS, "192.0.2.2", "Other" };
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaAccount) account = curia_store_session_refresh (store, &refresh, reused, &error);

	if (account == NULL)
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_SESSION_ENDED);
	return account != NULL;
}

static void
test_sessions (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user"), bob = make (store, "bob@x", "user"), read = NULL;
	gboolean reused;
	guint n;

	(void) data;
	begin (store, "SE_a", ann, 1000);
	begin (store, "SE_b", ann, 2000);
	begin (store, "SE_c", bob, 3000);
	read = curia_store_account_lookup (store, ann->id, NULL);
	g_assert_cmpint (read->signed_in_ms, ==, 2000);
	g_assert_true (lives (store, "SE_a", 5000));
	g_assert_false (lives (store, "SE_a", 1000 + DAY_MS));
	g_assert_false (lives (store, "SE_none", 5000));

	g_assert_true (renew (store, "SE_a", "digest", 1, 6000, &reused));
	g_assert_true (renew (store, "SE_a", "digest", 2, 7000, &reused));
	g_assert_true (lives (store, "SE_a", 6999 + DAY_MS)); /* it goes on from its last use */
	/* a wrong secret ends nothing, an old generation does */
	g_assert_false (renew (store, "SE_a", "guess", 1, 8000, &reused));
	g_assert_false (reused);
	g_assert_true (lives (store, "SE_a", 8000));
	g_autoptr (GPtrArray) sessions = curia_store_session_list (store, ann->id, 8000, NULL);
	g_assert_cmpuint (sessions->len, ==, 2);
	const CuriaSession *last = sessions->pdata[0];
	g_assert_cmpstr (last->id, ==, "SE_a");
	g_assert_cmpstr (last->agent, ==, "Other");
	g_assert_cmpint (last->generation, ==, 3);
	g_assert_false (renew (store, "SE_a", "digest", 2, 8000, &reused));
	g_assert_true (reused);
	g_assert_false (lives (store, "SE_a", 8000));
	g_assert_false (renew (store, "SE_a", "digest", 3, 8000, &reused)); /* the thief's, or the owner's */
	g_assert_true (lives (store, "SE_b", 8000));

	/* nobody ends another's */
	g_assert_true (curia_store_session_end (store, ann->id, "SE_c", &n, NULL));
	g_assert_cmpuint (n, ==, 0);
	g_assert_true (curia_store_session_end (store, ann->id, NULL, &n, NULL));
	g_assert_cmpuint (n, ==, 1);
	g_assert_false (lives (store, "SE_b", 8000));
	g_assert_true (lives (store, "SE_c", 8000));
	begin (store, "SE_d", ann, 3000 + DAY_MS); /* takes away what has run out */
	g_autoptr (GPtrArray) none = curia_store_session_list (store, bob->id, 0, NULL);
	g_assert_cmpuint (none->len, ==, 0);
}

/* Of many who come with the same token at once, one goes on; and by then the session has ended for the others' sake. */
typedef struct {
	CuriaStore *store;
	gint done, refused;
} Race;

static gpointer
race (gpointer data)
{
	Race *self = data;
	gboolean reused;

	g_atomic_int_inc (renew (self->store, "SE_r", "digest", 1, 5000, &reused) ? &self->done : &self->refused);
	return NULL;
}

static void
test_race (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user");
	Race self = { .store = store };
	GThread *threads[8];

	(void) data;
	begin (store, "SE_r", ann, 1000);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("race", race, &self);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	g_assert_cmpint (self.done, ==, 1);
	g_assert_cmpint (self.refused, ==, 7);
	g_assert_false (lives (store, "SE_r", 6000));
}

static void
test_disabled (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user");
	CuriaSession session = { (char *) "SE_2", ann->id, (char *) "digest", 1, 1, 1, DAY_MS, (char *) "", (char *) "" };
	g_autoptr (GError) error = NULL;

	(void) data;
	begin (store, "SE_1", ann, 1000);
	g_assert_true (curia_store_account_set_role (store, ann->id, "user", "disabled", NULL));
	g_assert_false (lives (store, "SE_1", 2000));
	g_assert_false (curia_store_session_create (store, &session, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_SESSION_ENDED);
	g_assert_true (curia_store_account_set_role (store, ann->id, "user", "active", NULL));
	g_assert_false (lives (store, "SE_1", 2000)); /* it stays ended */
}

static void
test_password (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user"), read = NULL;

	(void) data;
	begin (store, "SE_1", ann, 1000);
	begin (store, "SE_2", ann, 1000);
	g_assert_true (curia_store_account_set_password (store, ann->id, "new", "SE_2", NULL));
	g_assert_false (lives (store, "SE_1", 2000));
	g_assert_true (lives (store, "SE_2", 2000));
	read = curia_store_account_lookup (store, ann->id, NULL);
	g_assert_cmpstr (read->password, ==, "new");
	g_assert_false (curia_store_account_set_password (store, "AC_none", "new", NULL, NULL));
}

static void
test_sessions_bounded (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user");

	(void) data;
	for (int i = 0; i < CURIA_SESSIONS_MAX + 3; i++) {
		g_autofree char *id = g_strdup_printf ("SE_%d", i);

		begin (store, id, ann, 1000 + i);
	}
	g_autoptr (GPtrArray) sessions = curia_store_session_list (store, ann->id, 2000, NULL);
	g_assert_cmpuint (sessions->len, ==, CURIA_SESSIONS_MAX);
	g_assert_false (lives (store, "SE_2", 2000));
	g_assert_true (lives (store, "SE_3", 2000));
}

/* ---- links ---- */

static void
add_link (CuriaStore *store, const char *secret, const char *purpose, const char *account, gint64 expires_ms)
{
	g_autoptr (GError) error = NULL;

	g_assert_true (curia_store_link_create (store, &(CuriaLink) { secret, purpose, account, expires_ms }, &error));
	g_assert_no_error (error);
}

static gboolean
opens (CuriaStore *store, const char *secret, gint64 now_ms, const char *wanted)
{
	g_autoptr (CuriaAccount) account = NULL;
	g_autoptr (GError) error = NULL;
	g_autofree char *purpose = NULL;

	if (!curia_store_link_lookup (store, secret, now_ms, &purpose, &account, &error)) {
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_NOT_FOUND);
		return FALSE;
	}
	g_assert_cmpstr (purpose, ==, wanted);
	g_assert_true ((account != NULL) == (strcmp (wanted, CURIA_LINK_RESET) == 0));
	return TRUE;
}

static void
test_first_admin (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) user = make (store, "user@x", "user"), ann = curia_account_new (), bob = curia_account_new ();
	g_autoptr (GError) error = NULL;

	(void) data;
	for (guint i = 0; i < 2; i++) {
		CuriaAccount *account = i == 0 ? ann : bob;

		g_free (account->email);
		account->email = g_strdup (i == 0 ? "ann@x" : "bob@x");
		g_free (account->role);
		account->role = g_strdup ("admin");
	}
	add_link (store, "one", CURIA_LINK_FIRST_ADMIN, "", 9000);
	add_link (store, "two", CURIA_LINK_FIRST_ADMIN, "", 9000); /* of another node */
	g_assert_true (opens (store, "one", 1000, CURIA_LINK_FIRST_ADMIN));
	g_assert_false (opens (store, "one", 9000, CURIA_LINK_FIRST_ADMIN));
	g_assert_false (opens (store, "three", 1000, CURIA_LINK_FIRST_ADMIN));
	g_assert_null (curia_store_link_use_reset (store, "one", 1000, "hash", NULL)); /* it is for something else */
	g_assert_true (curia_store_link_use_first (store, "one", 1000, ann, &error));
	g_assert_no_error (error);
	g_assert_false (opens (store, "two", 1000, CURIA_LINK_FIRST_ADMIN));
	g_assert_false (curia_store_link_use_first (store, "one", 1000, bob, NULL));
	g_assert_false (curia_store_link_use_first (store, "two", 1000, bob, NULL));
	add_link (store, "three", CURIA_LINK_FIRST_ADMIN, "", 9000);
	g_assert_false (curia_store_link_use_first (store, "three", 1000, bob, NULL));
	g_assert_null (curia_store_account_lookup_email (store, "bob@x", NULL));
}

/* What fails leaves the link as it was. */
static void
test_first_admin_exists (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) user = make (store, "user@x", "user"), ann = curia_account_new ();
	g_autoptr (GError) error = NULL;

	(void) data;
	g_free (ann->email);
	ann->email = g_strdup ("user@x");
	add_link (store, "one", CURIA_LINK_FIRST_ADMIN, "", 9000);
	g_assert_false (curia_store_link_use_first (store, "one", 1000, ann, &error));
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_ACCOUNT_EXISTS);
	g_assert_true (opens (store, "one", 1000, CURIA_LINK_FIRST_ADMIN));
}

static void
test_reset (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url);
	g_autoptr (CuriaAccount) ann = make (store, "ann@x", "user"), used = NULL, read = NULL;

	(void) data;
	begin (store, "SE_1", ann, 1000);
	add_link (store, "old", CURIA_LINK_RESET, ann->id, 9000);
	add_link (store, "new", CURIA_LINK_RESET, ann->id, 9000);
	g_assert_false (opens (store, "old", 1000, CURIA_LINK_RESET)); /* the newer one counts */
	g_assert_true (opens (store, "new", 1000, CURIA_LINK_RESET));
	g_assert_null (curia_store_link_use_reset (store, "new", 9000, "late", NULL));
	used = curia_store_link_use_reset (store, "new", 1000, "fresh", NULL);
	g_assert_cmpstr (used->id, ==, ann->id);
	g_assert_null (curia_store_link_use_reset (store, "new", 1000, "twice", NULL));
	read = curia_store_account_lookup (store, ann->id, NULL);
	g_assert_cmpstr (read->password, ==, "fresh");
	g_assert_false (lives (store, "SE_1", 2000));
	add_link (store, "off", CURIA_LINK_RESET, ann->id, 9000);
	g_assert_true (curia_store_account_set_role (store, ann->id, "user", "disabled", NULL));
	g_assert_false (opens (store, "off", 1000, CURIA_LINK_RESET));
}

static void
test_secrets (Place *place, gconstpointer data)
{
	g_autoptr (CuriaStore) store = open_store (place->url), other = open_store (place->url);
	g_autofree char *one = curia_store_shared_secret (store, "accounts", NULL), *same = curia_store_shared_secret (other, "accounts", NULL);
	g_autofree char *another = curia_store_shared_secret (store, "else", NULL);

	(void) data;
	g_assert_cmpuint (strlen (one), ==, 43);
	g_assert_cmpstr (one, ==, same);
	g_assert_cmpstr (one, !=, another);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/accounts/email", test_email);
	g_test_add_func ("/accounts/refresh-token", test_refresh_token);
	ADD ("accounts", test_accounts);
	ADD ("accounts-list", test_list);
	ADD ("accounts-last-admin", test_last_admin);
	ADD ("accounts-delete", test_delete);
	ADD ("identities", test_identities);
	ADD ("sessions", test_sessions);
	ADD ("sessions-race", test_race);
	ADD ("sessions-disabled", test_disabled);
	ADD ("sessions-password", test_password);
	ADD ("sessions-bounded", test_sessions_bounded);
	ADD ("links-first-admin", test_first_admin);
	ADD ("links-first-admin-exists", test_first_admin_exists);
	ADD ("links-reset", test_reset);
	ADD ("shared-secrets", test_secrets);
	return g_test_run ();
}
