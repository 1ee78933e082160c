#include "attempts.h"

#include "curia-clock.h"

/* Somebody's account must not be shut for long by a stranger who types a wrong password now and then: its waits are short, and so
 * long as the owner's browser has a session it asks for no password at all. */
static const struct {
	const char *who;
	ThrottleRules rules;
} tables[] = {
	{ "this address", { 20000, 5, 8, G_TIME_SPAN_SECOND, 15 * G_TIME_SPAN_MINUTE, 30 * G_TIME_SPAN_MINUTE } },
	{ "this account", { 20000, 5, 4, G_TIME_SPAN_SECOND, G_TIME_SPAN_MINUTE, 30 * G_TIME_SPAN_MINUTE } },
	{ "this address", { 20000, 10, 8, 10 * G_TIME_SPAN_SECOND, G_TIME_SPAN_HOUR, G_TIME_SPAN_HOUR } },
};

enum { BY_ADDRESS, BY_ACCOUNT, COUNTED };

static Throttle *throttles[G_N_ELEMENTS (tables)]; /* LOCK: throttles_lock, the pointers */
static GMutex throttles_lock;

static Throttle *
table (guint which)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&throttles_lock);
	if (throttles[which] == NULL)
		throttles[which] = throttle_new (&tables[which].rules);
	return throttles[which];
}

void
api_attempts_forget (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&throttles_lock);
	for (guint i = 0; i < G_N_ELEMENTS (throttles); i++)
		g_clear_pointer (&throttles[i], throttle_free);
}

static const char *
network_of (const ApiCall *call)
{
	return call->request->network != NULL ? call->request->network : call->request->peer;
}

static gboolean
begin (ApiCall *call, guint which, const char *key, GError **error)
{
	gint64 wait_us;
	if (throttle_begin (table (which), key, curia_clock_us (), &wait_us))
		return TRUE;
	int wait_s = (int) ((wait_us + G_TIME_SPAN_SECOND - 1) / G_TIME_SPAN_SECOND);
	call->response->retry_after_s = wait_s;
	return curia_throw (error, CURIA_ERROR_TOO_MANY, "Too many tries from %s; wait %d s", tables[which].who, wait_s);
}

gboolean
api_attempt_begin (ApiCall *call, const char *account, Attempt *attempt, GError **error)
{
	*attempt = (Attempt) { 0 };
	if (!begin (call, BY_ADDRESS, network_of (call), error))
		return FALSE;
	if (!begin (call, BY_ACCOUNT, account, error)) {
		/* who keeps trying an account that is shut counts as who fails */
		throttle_end (table (BY_ADDRESS), network_of (call), THROTTLE_FAILED, curia_clock_us ());
		return FALSE;
	}
	attempt->address = g_strdup (network_of (call));
	attempt->account = g_strdup (account);
	return TRUE;
}

gboolean
api_attempt_count (ApiCall *call, const char *what, GError **error)
{
	g_autofree char *key = g_strconcat (what, " ", network_of (call), NULL);
	if (!begin (call, COUNTED, key, error))
		return FALSE;
	throttle_end (table (COUNTED), key, THROTTLE_FAILED, curia_clock_us ());
	return TRUE;
}

void
api_attempt_end (Attempt *attempt, ThrottleVerdict verdict)
{
	gint64 now_us = curia_clock_us ();
	throttle_end (table (BY_ADDRESS), attempt->address, verdict == THROTTLE_PASSED ? THROTTLE_NEITHER : verdict, now_us);
	throttle_end (table (BY_ACCOUNT), attempt->account, verdict, now_us);
	g_clear_pointer (&attempt->address, g_free);
	g_clear_pointer (&attempt->account, g_free);
}
