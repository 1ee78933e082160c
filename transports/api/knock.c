#include "knock.h"

#include <string.h>

#include "curia-clock.h"
#include "throttle.h"

#define KNOWN_MAX 1000
#define KNOWN_US (15 * G_TIME_SPAN_MINUTE)

static const ThrottleRules rules = {
	.most = 20000,
	.free = 10, /* behind one address there may be many, and each may mistype */
	.at_once = 8,
	.first_us = G_TIME_SPAN_SECOND,
	.longest_us = 5 * G_TIME_SPAN_MINUTE,
	.forget_us = 30 * G_TIME_SPAN_MINUTE,
};

static GMutex lock; /* leaf */
static Throttle *throttle; /* LOCK: lock, the pointer */
static GHashTable *known;  /* LOCK: lock; digest -> until when, gint64 */

static Throttle *
throttle_of (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
	if (throttle == NULL)
		throttle = throttle_new (&rules);
	return throttle;
}

void
api_knock_forget (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
	g_clear_pointer (&throttle, throttle_free);
	g_clear_pointer (&known, g_hash_table_unref);
}

/* ---- what was right ---- */

/* With the hash in it: a meeting's new password makes it void. With the node's secret: worth nothing to who reads the memory later. */
static char *
digest_of (const ApiCall *call, const CuriaMeeting *meeting, const char *password)
{
	g_autofree char *text = g_strjoin ("\n", meeting->id, meeting->password, password, NULL);
	return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) curia_node_secret (call->request->node),
		strlen (curia_node_secret (call->request->node)), text, -1);
}

static gboolean
is_known (const char *digest, gint64 now_us)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
	gint64 *until_us = known != NULL ? g_hash_table_lookup (known, digest) : NULL;
	return until_us != NULL && now_us < *until_us;
}

static void
remember (const char *digest, gint64 now_us)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
	gint64 until_us = now_us + KNOWN_US;
	if (known == NULL)
		known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	if (g_hash_table_size (known) >= KNOWN_MAX)
		g_hash_table_remove_all (known);
	g_hash_table_replace (known, g_strdup (digest), g_memdup2 (&until_us, sizeof until_us));
}

/* ---- trying ---- */

static gboolean
is_right (ApiCall *call, const CuriaMeeting *meeting, const char *password, gboolean *right, GError **error)
{
	g_autofree char *digest = digest_of (call, meeting, password);
	gint64 now_us = curia_clock_us ();
	*right = is_known (digest, now_us);
	if (*right)
		return TRUE;
	if (!curia_password_verify (curia_node_passwords (call->request->node), meeting->password, password, right, error))
		return FALSE;
	if (*right)
		remember (digest, now_us);
	return TRUE;
}

static gboolean
begin (ApiCall *call, const char *key, GError **error)
{
	gint64 wait_us;
	if (throttle_begin (throttle_of (), key, curia_clock_us (), &wait_us))
		return TRUE;
	int wait_s = (int) ((wait_us + G_TIME_SPAN_SECOND - 1) / G_TIME_SPAN_SECOND);
	call->response->retry_after_s = MAX (wait_s, 1);
	return curia_throw (error, CURIA_ERROR_TOO_MANY, "Too many wrong passwords for this meeting; wait %d s", MAX (wait_s, 1));
}

gboolean
api_knock (ApiCall *call, const CuriaMeeting *meeting, const char *password, GError **error)
{
	const ApiRequest *request = call->request;
	g_autofree char *key = g_strjoin (" ", meeting->id, request->network != NULL ? request->network : request->peer, NULL);
	gboolean right = FALSE;
	if (!begin (call, key, error))
		return FALSE;
	gboolean checked = is_right (call, meeting, password, &right, error);
	throttle_end (throttle_of (), key, !checked ? THROTTLE_NEITHER : right ? THROTTLE_PASSED : THROTTLE_FAILED, curia_clock_us ());
	return checked && (right
		|| curia_throw (error, CURIA_ERROR_PASSWORD_NEEDED, "password must be that of the meeting %s, which this is not", meeting->code));
}
