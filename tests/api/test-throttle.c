/* Who guesses waits; and cookies, which are as pure. */
#include "transports/api/cookie.h"
#include "transports/api/throttle.h"

#define S G_TIME_SPAN_SECOND

static const ThrottleRules rules = { .most = 4, .free = 3, .at_once = 2, .first_us = S, .longest_us = 10 * S, .forget_us = 100 * S };

static gboolean
try (Throttle *throttle, const char *key, ThrottleVerdict verdict, gint64 now_us, gint64 *wait_us)
{
	gint64 wait;

	if (!throttle_begin (throttle, key, now_us, wait_us != NULL ? wait_us : &wait))
		return FALSE;
	throttle_end (throttle, key, verdict, now_us);
	return TRUE;
}

static void
test_waits (void)
{
	static const gint64 waits[] = { 0, 0, S, 2 * S, 4 * S, 8 * S, 10 * S, 10 * S };
	Throttle *throttle = throttle_new (&rules);
	gint64 now = 1000 * S, wait;

	for (guint i = 0; i < G_N_ELEMENTS (waits); i++) {
		g_assert_true (try (throttle, "a", THROTTLE_FAILED, now, NULL));
		if (waits[i] > 0) {
			g_assert_false (try (throttle, "a", THROTTLE_PASSED, now, &wait));
			g_assert_cmpint (wait, ==, waits[i]);
			g_assert_false (try (throttle, "a", THROTTLE_PASSED, now + waits[i] - 1, &wait));
			g_assert_cmpint (wait, ==, 1);
		}
		g_assert_true (try (throttle, "b", THROTTLE_NEITHER, now, NULL)); /* others go on */
		now += waits[i];
	}
	/* passing clears, and so does time */
	g_assert_true (try (throttle, "a", THROTTLE_PASSED, now, NULL));
	g_assert_cmpuint (throttle_size (throttle), ==, 0);
	for (int i = 0; i < 3; i++)
		g_assert_true (try (throttle, "a", THROTTLE_FAILED, now, NULL));
	g_assert_false (try (throttle, "a", THROTTLE_FAILED, now, NULL));
	now += 100 * S;
	g_assert_true (try (throttle, "a", THROTTLE_FAILED, now, NULL));
	g_assert_true (try (throttle, "a", THROTTLE_FAILED, now, NULL));
	throttle_free (throttle);
}

/* Those that have begun and do not know yet count as well. */
static void
test_at_once (void)
{
	Throttle *throttle = throttle_new (&rules);
	gint64 wait;

	g_assert_true (throttle_begin (throttle, "a", 0, &wait));
	g_assert_true (throttle_begin (throttle, "a", 0, &wait));
	g_assert_false (throttle_begin (throttle, "a", 0, &wait));
	g_assert_cmpint (wait, >, 0);
	throttle_end (throttle, "a", THROTTLE_NEITHER, 0);
	g_assert_true (throttle_begin (throttle, "a", 0, &wait));
	throttle_end (throttle, "a", THROTTLE_NEITHER, 0);
	throttle_end (throttle, "a", THROTTLE_NEITHER, 0);
	throttle_free (throttle);
}

static void
test_bounded (void)
{
	static const char *const keys[] = { "b", "c", "d", "e", "f" };
	Throttle *throttle = throttle_new (&rules);
	gint64 wait;

	g_assert_true (throttle_begin (throttle, "held", 0, &wait));
	for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
		g_assert_true (try (throttle, keys[i], THROTTLE_FAILED, 0, NULL));
	g_assert_cmpuint (throttle_size (throttle), ==, 4);
	throttle_end (throttle, "held", THROTTLE_FAILED, 0); /* still there: it was under way */
	for (int i = 0; i < 4; i++) {
		char key[2] = { (char) ('p' + i), '\0' };

		g_assert_true (throttle_begin (throttle, key, 0, &wait));
	}
	g_assert_false (throttle_begin (throttle, "one too many", 0, &wait));
	g_assert_cmpuint (throttle_size (throttle), ==, 4);
	for (int i = 0; i < 4; i++) {
		char key[2] = { (char) ('p' + i), '\0' };

		throttle_end (throttle, key, THROTTLE_NEITHER, 0);
	}
	throttle_free (throttle);
}

/* ---- cookies ---- */

static void
test_cookies (void)
{
	static const struct {
		const char *header, *value;
	} rows[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "a=1", "1" },
		{ "b=2; a=1", "1" },
		{ "a=1;b=2", "1" },
		{ "a=", "" },
		{ "a", NULL },
		{ "aa=1", NULL },
		{ "xa=1", NULL },
		{ "b=a=1", NULL },
		{ "a=x=y", "x=y" },
		{ "A=1", NULL },
		{ "a=1; a=2", NULL },
		{ "a=1; a=1", NULL },
		{ ";;; a=1 ;;", "1" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		g_autofree char *value = api_cookie_read (rows[i].header, "a");

		g_assert_cmpstr (value, ==, rows[i].value);
	}
}

static void
test_set_cookie (void)
{
	static const struct {
		gboolean tls, local, lax;
		const char *text;
	} rows[] = {
		{ TRUE, FALSE, FALSE, "a=1; Path=/x; Max-Age=60; HttpOnly; SameSite=Strict; Secure" },
		{ TRUE, TRUE, TRUE, "a=1; Path=/x; Max-Age=60; HttpOnly; SameSite=Lax; Secure" },
		{ FALSE, FALSE, FALSE, "a=1; Path=/x; Max-Age=60; HttpOnly; SameSite=Strict; Secure" }, /* then browsers drop it */
		{ FALSE, TRUE, FALSE, "a=1; Path=/x; Max-Age=60; HttpOnly; SameSite=Strict" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
		ApiRequest request = { .tls = rows[i].tls, .local = rows[i].local };
		ApiResponse response = { 0 };

		api_cookie_set (&request, &response, &(ApiCookie) { "a", "1", "/x", 60, rows[i].lax });
		api_cookie_set (&request, &response, &(ApiCookie) { "b", "", "/", 0, FALSE });
		g_assert_cmpstr (response.cookies[0], ==, rows[i].text);
		g_assert_true (g_str_has_prefix (response.cookies[1], "b=; Path=/; Max-Age=0;"));
		api_response_clear (&response);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/throttle/waits", test_waits);
	g_test_add_func ("/throttle/at-once", test_at_once);
	g_test_add_func ("/throttle/bounded", test_bounded);
	g_test_add_func ("/cookie/read", test_cookies);
	g_test_add_func ("/cookie/set", test_set_cookie);
	return g_test_run ();
}
