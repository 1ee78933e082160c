#include "curia-bus.h"

#include <string.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"

#define MAX_QUEUE 10000         /* publications and requests that wait for delivery */
#define MAX_PENDING 10000       /* requests that wait for their answer */
#define MAX_SUBSCRIPTIONS 10000
#define SLOW_HANDLER_US (100 * 1000)
#define SYNC_SLACK_MS 2000 /* a synchronous request outlives its time-out by this, should a handler block the bus */

typedef struct {
	guint id;
	char *topic;
	gsize prefix; /* how much of the topic must match; G_MAXSIZE: all of it */
	CuriaBusHandler handler;
	gpointer data;
} Subscription;

/* Kept by the bus until it is settled, and by the handler until it has answered: whoever is last frees it. */
struct CuriaBusRequest {
	gint references;
	CuriaBus *bus; /* a reference: an answer may come after the bus was closed */
	CuriaBusReply reply;
	gpointer data;
	guint64 serial;
	gint64 deadline_us;
	gboolean settled; /* LOCK: bus */
};

/* What waits for the bus' thread: a message to deliver, or the outcome of a request. */
typedef struct {
	char *topic; /* NULL: an outcome */
	json_t *message;
	GError *error;
	CuriaBusRequest *request; /* NULL: a publication */
} Item;

struct CuriaBus {
	gint references;
	GThread *thread;
	GMutex lock; /* a leaf: no callback runs under it; all below belongs to it */
	GCond work, idle;
	GPtrArray *subscriptions; /* by id, which only grows */
	GQueue items;
	guint n_deliveries;       /* how many of `items` count against MAX_QUEUE */
	GTree *pending;           /* unsettled requests by deadline */
	guint last_id, running_id;
	guint64 last_serial;
	gboolean stopping;
};

/* ---- life ---- */

static void
bus_unref (CuriaBus *self)
{
	if (!g_atomic_int_dec_and_test (&self->references))
		return;
	g_ptr_array_unref (self->subscriptions);
	g_tree_unref (self->pending);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->work);
	g_cond_clear (&self->idle);
	g_free (self);
}

static void
request_unref (CuriaBusRequest *request)
{
	if (!g_atomic_int_dec_and_test (&request->references))
		return;
	bus_unref (request->bus);
	g_free (request);
}

static void
subscription_free (gpointer data)
{
	Subscription *subscription = data;

	g_free (subscription->topic);
	g_free (subscription);
}

static void
item_free (Item *item)
{
	g_free (item->topic);
	json_decref (item->message);
	g_clear_error (&item->error);
	g_free (item);
}

static gint
compare_deadlines (gconstpointer a, gconstpointer b, gpointer data)
{
	const CuriaBusRequest *one = a, *other = b;

	(void) data;
	if (one->deadline_us != other->deadline_us)
		return one->deadline_us < other->deadline_us ? -1 : 1;
	return one->serial < other->serial ? -1 : one->serial > other->serial;
}

/* ---- the queue [any] ---- */

static void
push_locked (CuriaBus *self, char *topic, json_t *message, GError *error, CuriaBusRequest *request)
{
	Item *item = g_new (Item, 1);

	*item = (Item) { topic, message, error, request };
	self->n_deliveries += topic != NULL;
	g_queue_push_tail (&self->items, item);
	g_cond_signal (&self->work);
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

static void
settle (CuriaBusRequest *request, json_t *reply, GError *error)
{
	g_mutex_lock (&request->bus->lock);
	if (settle_locked (request)) {
		push_locked (request->bus, NULL, reply, error, request);
		reply = NULL;
		error = NULL;
	}
	g_mutex_unlock (&request->bus->lock);
	json_decref (reply);
	g_clear_error (&error);
}

static gboolean
is_settled (CuriaBusRequest *request)
{
	gboolean settled;

	g_mutex_lock (&request->bus->lock);
	settled = request->settled;
	g_mutex_unlock (&request->bus->lock);
	return settled;
}

/* ---- the bus' thread ---- */

static gboolean
matches (const Subscription *subscription, const char *topic)
{
	return subscription->prefix == G_MAXSIZE ? g_str_equal (subscription->topic, topic)
		: strncmp (subscription->topic, topic, subscription->prefix) == 0;
}

/* The first subscription after `id` that hears the topic; marks it as running. */
static gboolean
next_subscription (CuriaBus *self, guint id, const char *topic, Subscription *next)
{
	gboolean found = FALSE;

	g_mutex_lock (&self->lock);
	for (guint i = 0; i < self->subscriptions->len && !found; i++) {
		const Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

		found = subscription->id > id && matches (subscription, topic);
		if (found)
			*next = *subscription;
	}
	self->running_id = found ? next->id : 0;
	g_cond_broadcast (&self->idle);
	g_mutex_unlock (&self->lock);
	return found;
}

static void
call_handler (const Subscription *subscription, const Item *item)
{
	gint64 start_us = curia_clock_us (), taken_us;

	subscription->handler (item->topic, item->message, item->request, subscription->data);
	taken_us = curia_clock_us () - start_us;
	if (taken_us > SLOW_HANDLER_US)
		curia_log_warning ("bus", "a handler of %s held the bus for %d ms", item->topic, (int) (taken_us / 1000));
}

static void
deliver_publication (CuriaBus *self, const Item *item)
{
	Subscription subscription = { 0 };

	/* one at a time under the lock, since handlers may subscribe and unsubscribe */
	while (next_subscription (self, subscription.id, item->topic, &subscription))
		call_handler (&subscription, item);
}

static void
deliver_request (CuriaBus *self, const Item *item)
{
	Subscription first;

	if (is_settled (item->request)) { /* it waited in the queue for too long */
		request_unref (item->request);
		return;
	}
	if (!next_subscription (self, 0, item->topic, &first)) {
		settle (item->request, NULL, g_error_new (CURIA_ERROR, CURIA_ERROR_NOT_FOUND, "nobody answers for %s", item->topic));
		request_unref (item->request); /* the handler's reference */
		return;
	}
	call_handler (&first, item);
	next_subscription (self, G_MAXUINT, item->topic, &first); /* none: marks the bus idle */
}

static void
deliver_outcome (const Item *item)
{
	item->request->reply (item->message, item->error, item->request->data);
	request_unref (item->request);
}

static void
deliver (CuriaBus *self, const Item *item)
{
	if (item->topic == NULL)
		deliver_outcome (item);
	else if (item->request != NULL)
		deliver_request (self, item);
	else
		deliver_publication (self, item);
}

static CuriaBusRequest *
earliest_locked (CuriaBus *self)
{
	GTreeNode *node = g_tree_node_first (self->pending);

	return node != NULL ? g_tree_node_key (node) : NULL;
}

static void
expire_locked (CuriaBus *self, gint64 now_us)
{
	CuriaBusRequest *request;

	while ((request = earliest_locked (self)) != NULL && (self->stopping || request->deadline_us <= now_us)) {
		settle_locked (request);
		push_locked (self, NULL, NULL, self->stopping
			? g_error_new (CURIA_ERROR, CURIA_ERROR_UNAVAILABLE, "the bus is closing")
			: g_error_new (CURIA_ERROR, CURIA_ERROR_TIMEOUT, "no answer in time"), request);
	}
}

static void
wait_locked (CuriaBus *self)
{
	const CuriaBusRequest *request = earliest_locked (self);

	if (request != NULL)
		g_cond_wait_until (&self->work, &self->lock, request->deadline_us);
	else
		g_cond_wait (&self->work, &self->lock);
}

/* The next thing to do, or NULL when the bus is closed and all is done. */
static Item *
next_item (CuriaBus *self)
{
	Item *item = NULL;

	g_mutex_lock (&self->lock);
	while (item == NULL) {
		/* deliveries first when closing: they may still be answered */
		if (!self->stopping || g_queue_is_empty (&self->items))
			expire_locked (self, curia_clock_us ());
		item = g_queue_pop_head (&self->items);
		if (item == NULL && self->stopping)
			break;
		if (item == NULL)
			wait_locked (self);
	}
	if (item != NULL)
		self->n_deliveries -= item->topic != NULL;
	g_mutex_unlock (&self->lock);
	return item;
}

static gpointer
run (gpointer data)
{
	CuriaBus *self = data;
	Item *item;

	while ((item = next_item (self)) != NULL) {
		deliver (self, item);
		item_free (item);
	}
	return NULL;
}

/* ---- the interface [any] ---- */

CuriaBus *
curia_bus_new (void)
{
	CuriaBus *self = g_new0 (CuriaBus, 1);

	self->references = 1;
	g_mutex_init (&self->lock);
	g_cond_init (&self->work);
	g_cond_init (&self->idle);
	g_queue_init (&self->items);
	self->subscriptions = g_ptr_array_new_with_free_func (subscription_free);
	self->pending = g_tree_new_full (compare_deadlines, NULL, NULL, NULL);
	self->thread = g_thread_new ("curia-bus", run, self);
	return self;
}

void
curia_bus_free (CuriaBus *self)
{
	if (self == NULL)
		return;
	g_return_if_fail (g_thread_self () != self->thread);
	g_mutex_lock (&self->lock);
	self->stopping = TRUE;
	g_cond_signal (&self->work);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->thread);
	bus_unref (self);
}

guint
curia_bus_subscribe (CuriaBus *self, const char *topic, CuriaBusHandler handler, gpointer data)
{
	gsize length = strlen (topic);
	Subscription *subscription;
	guint id = 0;

	g_mutex_lock (&self->lock);
	if (self->subscriptions->len < MAX_SUBSCRIPTIONS) {
		id = ++self->last_id;
		subscription = g_new (Subscription, 1);
		*subscription = (Subscription) { id, g_strdup (topic), g_str_has_suffix (topic, "*") ? length - 1 : G_MAXSIZE,
			handler, data };
		g_ptr_array_add (self->subscriptions, subscription);
	}
	g_mutex_unlock (&self->lock);
	return id;
}

void
curia_bus_unsubscribe (CuriaBus *self, guint id)
{
	g_mutex_lock (&self->lock);
	for (guint i = 0; i < self->subscriptions->len; i++) {
		const Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

		if (subscription->id == id) {
			g_ptr_array_remove_index (self->subscriptions, i);
			break;
		}
	}
	while (id != 0 && self->running_id == id && g_thread_self () != self->thread)
		g_cond_wait (&self->idle, &self->lock);
	g_mutex_unlock (&self->lock);
}

gboolean
curia_bus_publish (CuriaBus *self, const char *topic, json_t *message, GError **error)
{
	json_auto_t *copy = json_deep_copy (message);
	gboolean fits;

	g_mutex_lock (&self->lock);
	fits = self->n_deliveries < MAX_QUEUE && !self->stopping;
	if (fits)
		push_locked (self, g_strdup (topic), g_steal_pointer (&copy), NULL, NULL);
	g_mutex_unlock (&self->lock);
	return fits || curia_throw (error, CURIA_ERROR_OVERLOADED, "the bus has %d messages waiting", MAX_QUEUE);
}

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
curia_bus_request (CuriaBus *self, const char *topic, json_t *message, guint timeout_ms, CuriaBusReply reply, gpointer data)
{
	json_auto_t *copy = json_deep_copy (message);
	CuriaBusRequest *request = NULL;
	g_autoptr (GError) overloaded = NULL;

	g_mutex_lock (&self->lock);
	if (self->n_deliveries < MAX_QUEUE && g_tree_nnodes (self->pending) < MAX_PENDING && !self->stopping) {
		request = request_new (self, timeout_ms, reply, data);
		request->serial = ++self->last_serial;
		g_tree_insert (self->pending, request, NULL);
		push_locked (self, g_strdup (topic), g_steal_pointer (&copy), NULL, request);
	}
	g_mutex_unlock (&self->lock);
	if (request != NULL)
		return;
	curia_throw (&overloaded, CURIA_ERROR_OVERLOADED, "the bus has too many messages waiting");
	reply (NULL, overloaded, data);
}

void
curia_bus_answer (CuriaBusRequest *request, json_t *reply, const GError *error)
{
	if (error != NULL)
		settle (request, NULL, g_error_copy (error));
	else
		settle (request, reply != NULL ? json_deep_copy (reply) : json_object (), NULL);
	request_unref (request);
}

/* ---- waiting for a reply ---- */

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
	gint64 end_us = curia_clock_us () + ((gint64) timeout_ms + SYNC_SLACK_MS) * 1000;
	json_t *reply;
	Wait *wait;

	if (g_thread_self () == self->thread) {
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
