/* Hashes of passwords, and access tokens of accounts. */
#include "curia-account-token.h"
#include "curia-error.h"
#include "curia-password.h"

#include <string.h>

static void
test_hash (void)
{
	g_autoptr (CuriaPasswordPool) pool = curia_password_pool_new (2);
	g_autofree char *one = curia_password_hash (pool, "correct horse", NULL), *two = curia_password_hash (pool, "correct horse", NULL);
	gboolean right;

	g_assert_true (g_str_has_prefix (one, "$argon2id$v=19$m=32768,t=3,p=1$"));
	g_assert_cmpstr (one, !=, two);
	g_assert_true (curia_password_is_current (one));
	g_assert_false (curia_password_is_current ("$argon2id$v=19$m=8192,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$YWJj"));
	g_assert_true (curia_password_verify (pool, one, "correct horse", &right, NULL) && right);
	g_assert_true (curia_password_verify (pool, one, "correct horsf", &right, NULL) && !right);
	g_assert_true (curia_password_verify (pool, one, "", &right, NULL) && !right);
	g_autofree char *accent = curia_password_hash (pool, "caf\xc3\xa9 au lait", NULL);
	g_assert_true (curia_password_verify (pool, accent, "cafe\xcc\x81 au lait", &right, NULL) && right);
	g_assert_true (curia_password_verify (pool, accent, "cafe au lait", &right, NULL) && !right);
	g_assert_true (curia_password_verify (pool, "", "", &right, NULL) && !right);
	g_assert_true (curia_password_verify (pool, NULL, "correct horse", &right, NULL) && !right);
	g_assert_true (curia_password_verify (pool, "no hash", "correct horse", &right, NULL) && !right);
}

/* ---- many at once ---- */

typedef struct {
	CuriaPasswordPool *pool;
	gint done, refused;
} Crowd;

static gpointer
come (gpointer data)
{
	Crowd *crowd = data;
	g_autoptr (GError) error = NULL;
	gboolean right;

	if (curia_password_verify (crowd->pool, NULL, "guess", &right, &error)) {
		g_atomic_int_inc (&crowd->done);
		return NULL;
	}
	g_assert_error (error, CURIA_ERROR, CURIA_ERROR_OVERLOADED);
	g_atomic_int_inc (&crowd->refused);
	return NULL;
}

/* At most 64 wait; what each of them is told is true for all of them, and nobody waits for ever. */
static void
test_crowd (void)
{
	g_autoptr (CuriaPasswordPool) pool = curia_password_pool_new (2);
	Crowd crowd = { .pool = pool };
	GThread *threads[100];

	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		threads[i] = g_thread_new ("come", come, &crowd);
	for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
		g_thread_join (threads[i]);
	g_assert_cmpint (crowd.done, >=, 64);
	g_assert_cmpint (crowd.done + crowd.refused, ==, 100);
}

/* Nobody learns from the time whether there is an account: the same work is done. The best of
 * several, as the machine may be busy. */
static gint64
cost_of (CuriaPasswordPool *pool, const char *hash)
{
	gint64 best = G_MAXINT64;

	for (int i = 0; i < 8; i++) {
		gint64 begun = g_get_monotonic_time ();
		gboolean right;

		g_assert_true (curia_password_verify (pool, hash, "a guess of somebody", &right, NULL));
		best = MIN (best, g_get_monotonic_time () - begun);
	}
	return best;
}

static void
test_same_work (void)
{
	g_autoptr (CuriaPasswordPool) pool = curia_password_pool_new (1);
	g_autofree char *hash = curia_password_hash (pool, "correct horse", NULL);
	gint64 known = cost_of (pool, hash), unknown = cost_of (pool, NULL);

	g_test_message ("known %" G_GINT64_FORMAT " us, unknown %" G_GINT64_FORMAT " us", known, unknown);
	g_assert_cmpint (unknown, >, known / 2);
	g_assert_cmpint (unknown, <, known * 2);
}

/* ---- access tokens ---- */

#define KEY "a-key-of-accounts-for-tests-of-43-letters-x"

static CuriaAccountToken
someone (void)
{
	return (CuriaAccountToken) { (char *) "AC_1", (char *) "SE_1", (char *) "user", 0, 0 };
}

static void
test_token (void)
{
	CuriaAccountToken who = someone ();
	g_autofree char *jwt = curia_account_token_mint (KEY, &who, 1000);
	g_autoptr (GError) error = NULL, late = NULL;
	g_autoptr (CuriaAccountToken) read = curia_account_token_verify (KEY, jwt, 1000, &error);

	g_assert_no_error (error);
	g_assert_true (curia_account_token_is (jwt));
	g_assert_cmpstr (read->account, ==, "AC_1");
	g_assert_cmpstr (read->session, ==, "SE_1");
	g_assert_cmpstr (read->role, ==, "user");
	g_assert_cmpint (read->issued_s, ==, 1000);
	g_assert_cmpint (read->expires_s, ==, 1600);
	g_assert_null (curia_account_token_verify (KEY, jwt, 1605, &late));
	g_assert_error (late, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED);
	g_assert_null (curia_account_token_verify ("another-key", jwt, 1000, NULL));
}

static char *
encode (const void *bytes, gsize n)
{
	char *text = g_base64_encode (bytes, n);

	text[strcspn (text, "=")] = '\0';
	g_strdelimit (text, "+", '-');
	return g_strdelimit (text, "/", '_');
}

/* Signed with KEY, as nobody else could. */
static char *
forge (const char *header, const char *payload)
{
	g_autofree char *head = encode (header, strlen (header)), *body = encode (payload, strlen (payload));
	g_autofree char *text = g_strconcat (head, ".", body, NULL), *signature = NULL;
	g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) KEY, strlen (KEY));
	guint8 bytes[32];
	gsize n = sizeof bytes;

	g_hmac_update (hmac, (const guchar *) text, -1);
	g_hmac_get_digest (hmac, bytes, &n);
	signature = encode (bytes, n);
	return g_strconcat (text, ".", signature, NULL);
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"
#define PAYLOAD "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"sid\":\"SE_1\",\"role\":\"user\",\"iat\":1,\"exp\":2000}"

static void
test_forged (void)
{
	static const struct {
		const char *header, *payload;
	} rows[] = {
		{ "{\"alg\":\"none\",\"typ\":\"at+jwt\"}", PAYLOAD },
		{ "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", PAYLOAD },
		{ "{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}", PAYLOAD },
		{ HEADER, "{\"iss\":\"devkey\",\"sub\":\"AC_1\",\"sid\":\"SE_1\",\"role\":\"user\",\"iat\":1,\"exp\":2000}" },
		{ HEADER, "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"sid\":\"SE_1\",\"role\":\"root\",\"iat\":1,\"exp\":2000}" },
		{ HEADER, "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"role\":\"user\",\"iat\":1,\"exp\":2000}" },
		{ HEADER, "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"sid\":\"SE_1\",\"role\":\"user\",\"iat\":1}" },
		{ HEADER, "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"sid\":\"SE_1\",\"role\":\"user\",\"iat\":1,\"exp\":\"2000\"}" },
		{ HEADER, "{\"iss\":\"curia\",\"sub\":\"AC_1\",\"sub\":\"AC_2\",\"sid\":\"S\",\"role\":\"user\",\"iat\":1,\"exp\":2000}" },
		{ HEADER, "[]" },
		{ HEADER, "" },
	};
	CuriaAccountToken who = someone ();
	g_autofree char *jwt = curia_account_token_mint (KEY, &who, 1000), *good = forge (HEADER, PAYLOAD);
	g_autoptr (CuriaAccountToken) read = curia_account_token_verify (KEY, good, 1000, NULL);

	g_assert_nonnull (read); /* so the rows are refused for what they say */
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *forged = forge (rows[i].header, rows[i].payload);
		g_autoptr (GError) error = NULL;

		g_assert_null (curia_account_token_verify (KEY, forged, 1000, &error));
		g_assert_error (error, CURIA_ERROR, CURIA_ERROR_UNAUTHORIZED);
	}
	for (gsize i = 0; jwt[i] != '\0'; i++) {
		g_autofree char *changed = g_strdup (jwt), *cut = g_strndup (jwt, i);

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		g_assert_null (curia_account_token_verify (KEY, changed, 1000, NULL));
		g_assert_null (curia_account_token_verify (KEY, cut, 1000, NULL));
	}
	g_assert_false (curia_account_token_is (NULL));
	g_assert_false (curia_account_token_is (""));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/password/hash", test_hash);
	g_test_add_func ("/password/crowd", test_crowd);
	g_test_add_func ("/password/same-work", test_same_work);
	g_test_add_func ("/account-token/token", test_token);
	g_test_add_func ("/account-token/forged", test_forged);
	return g_test_run ();
}
