#include "curia-bus.h"

#include "curia-clock.h"
#include "curia-error.h"

#define SLACK_MS 2000 /* the waiter outlives the request's own time-out by this, should a handler block the bus */

typedef struct {
	gint references; /* the waiter's and the reply's */
	GMutex lock;
	GCond done;
	gboolean is_done;
	json_t *reply;
	GError *error;
} Wait;

static void
wait_unref (Wait *wait)
{
	if (!g_atomic_int_dec_and_test (&wait->references))
		return;
	json_decref (wait->reply);
	g_clear_error (&wait->error);
	g_mutex_clear (&wait->lock);
	g_cond_clear (&wait->done);
	g_free (wait);
}

static void
on_sync_reply (json_t *reply, const GError *error, gpointer data)
{
	Wait *wait = data;

	g_mutex_lock (&wait->lock);
	wait->is_done = TRUE;
	wait->reply = json_deep_copy (reply); /* no JSON is shared by two threads */
	wait->error = error != NULL ? g_error_copy (error) : NULL;
	g_cond_signal (&wait->done);
	g_mutex_unlock (&wait->lock);
	wait_unref (wait);
}

json_t *
curia_bus_request_sync (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, GError **error)
{
	gint64 end_us = curia_clock_us () + ((gint64) timeout_ms + SLACK_MS) * 1000;
	json_t *reply;
	Wait *wait;

	if (curia_bus_is_own_thread (self)) {
		curia_throw (error, CURIA_ERROR_INTERNAL, "a handler of the bus may not wait for the bus");
		return NULL;
	}
	wait = g_new0 (Wait, 1);
	wait->references = 2;
	g_mutex_init (&wait->lock);
	g_cond_init (&wait->done);
	curia_bus_request (self, topic, message, timeout_ms, on_sync_reply, wait);
	g_mutex_lock (&wait->lock);
	while (!wait->is_done && g_cond_wait_until (&wait->done, &wait->lock, end_us))
		;
	reply = g_steal_pointer (&wait->reply);
	if (!wait->is_done)
		curia_throw (error, CURIA_ERROR_TIMEOUT, "the bus does not answer");
	else if (wait->error != NULL)
		g_propagate_error (error, g_steal_pointer (&wait->error));
	g_mutex_unlock (&wait->lock);
	wait_unref (wait);
	return reply;
}
