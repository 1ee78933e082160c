#include "curia-bus-private.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-metrics.h"

/* ---- life ---- */

static CuriaBusRequest *
request_new (CuriaBus *self, guint timeout_ms, CuriaBusReply reply, gpointer data)
{
	CuriaBusRequest *request = g_new0 (CuriaBusRequest, 1);

	request->references = 2; /* the bus' and the handler's */
	request->bus = self;
	g_atomic_int_inc (&self->references);
	request->reply = reply;
	request->data = data;
	request->deadline_us = curia_clock_us () + (gint64) timeout_ms * 1000;
	return request;
}

void
request_unref (CuriaBusRequest *request)
{
	if (!g_atomic_int_dec_and_test (&request->references))
		return;
	bus_unref (request->bus);
	g_free (request);
}

/* ---- waiting ---- */

gint
requests_compare (gconstpointer a, gconstpointer b, gpointer data)
{
	const CuriaBusRequest *one = a, *other = b;

	(void) data;
	if (one->deadline_us != other->deadline_us)
		return one->deadline_us < other->deadline_us ? -1 : 1;
	return one->serial < other->serial ? -1 : one->serial > other->serial;
}

CuriaBusRequest *
requests_earliest_locked (CuriaBus *self)
{
	GTreeNode *node = g_tree_node_first (self->pending);

	return node != NULL ? g_tree_node_key (node) : NULL;
}

/* Ends the wait of a request, once: TRUE when this call did it, which then owes the reply. */
static gboolean
settle_locked (CuriaBusRequest *request)
{
	if (request->settled)
		return FALSE;
	request->settled = TRUE;
	g_tree_remove (request->bus->pending, request);
	return TRUE;
}

void
request_settle (CuriaBusRequest *request, json_t *reply, GError *error)
{
	g_mutex_lock (&request->bus->lock);
	if (settle_locked (request)) {
		bus_push_locked (request->bus, NULL, reply, error, request);
		reply = NULL;
		error = NULL;
	}
	g_mutex_unlock (&request->bus->lock);
	json_decref (reply);
	g_clear_error (&error);
}

gboolean
request_is_settled (CuriaBusRequest *request)
{
	gboolean settled;

	g_mutex_lock (&request->bus->lock);
	settled = request->settled;
	g_mutex_unlock (&request->bus->lock);
	return settled;
}

void
requests_expire_locked (CuriaBus *self, gint64 now_us)
{
	CuriaBusRequest *request;

	while ((request = requests_earliest_locked (self)) != NULL && (self->stopping || request->deadline_us <= now_us)) {
		settle_locked (request);
		bus_push_locked (self, NULL, NULL,
			self->stopping ? g_error_new (CURIA_ERROR, CURIA_ERROR_UNAVAILABLE, "the bus is closing")
						   : g_error_new (CURIA_ERROR, CURIA_ERROR_TIMEOUT, "no answer in time"),
			request);
	}
}

/* ---- the interface [any] ---- */

static void
request (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, gboolean local, CuriaBusReply reply,
	gpointer data)
{
	json_auto_t *copy = json_deep_copy (message);
	CuriaBusRequest *made = NULL;
	g_autoptr (GError) overloaded = NULL;

	curia_metrics_add (CURIA_METRIC_BUS_MESSAGES, "request", NULL, 1);
	g_mutex_lock (&self->lock);
	if (self->n_deliveries < MAX_QUEUE && g_tree_nnodes (self->pending) < MAX_PENDING && !self->stopping) {
		made = request_new (self, timeout_ms, reply, data);
		made->serial = ++self->last_serial;
		made->local = local;
		g_tree_insert (self->pending, made, NULL);
		bus_push_locked (self, g_strdup (topic), g_steal_pointer (&copy), NULL, made);
	}
	g_mutex_unlock (&self->lock);
	if (made != NULL)
		return;
	curia_throw (&overloaded, CURIA_ERROR_OVERLOADED, "the bus has too many messages waiting");
	curia_metrics_add (CURIA_METRIC_BUS_REQUEST_FAILURES, curia_error_row (overloaded)->slug, NULL, 1);
	reply (NULL, overloaded, data);
}

void
curia_bus_request (
	CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, CuriaBusReply reply, gpointer data)
{
	request (self, topic, message, timeout_ms, FALSE, reply, data);
}

void
bus_request_here (
	CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, CuriaBusReply reply, gpointer data)
{
	request (self, topic, message, timeout_ms, TRUE, reply, data);
}

void
curia_bus_answer (CuriaBusRequest *request, json_t *reply, const GError *error)
{
	if (error != NULL)
		request_settle (request, NULL, g_error_copy (error));
	else
		request_settle (request, reply != NULL ? json_deep_copy (reply) : json_object (), NULL);
	request_unref (request);
}
