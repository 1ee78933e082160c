#include "curia-bus-private.h"

#include <string.h>
#include "curia-bus-redis-private.h"
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-metrics.h"
#include "curia-log.h"

#define MAX_SUBSCRIPTIONS 10000
#define SLOW_HANDLER_US (100 * 1000)

typedef struct {
	guint id;
	char *topic;
	gsize prefix; /* how much of the topic must match; G_MAXSIZE: all of it */
	CuriaBusHandler handler;
	gpointer data;
} Subscription;

/* ---- life ---- */

void
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

/* ---- the queue [any] ---- */

void
bus_push_locked (CuriaBus *self, char *topic, json_t *message, GError *error, CuriaBusRequest *request)
{
	Item *item = g_new (Item, 1);

	*item = (Item) { topic, message, error, request };
	self->n_deliveries += topic != NULL;
	g_queue_push_tail (&self->items, item);
	g_cond_signal (&self->work);
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

	if (request_is_settled (item->request)) { /* it waited in the queue for too long */
		request_unref (item->request);
		return;
	}
	if (!next_subscription (self, 0, item->topic, &first)) {
		if (self->remote != NULL && !item->request->local && remote_shares (item->topic)) {
			remote_ask (self->remote, item->topic, item->message, item->request); /* with the handler's reference */
			return;
		}
		request_settle (item->request, NULL,
			g_error_new (CURIA_ERROR, CURIA_ERROR_NOT_FOUND, "nobody answers for %s", item->topic));
		request_unref (item->request); /* the handler's reference */
		return;
	}
	call_handler (&first, item);
	next_subscription (self, G_MAXUINT, item->topic, &first); /* none: marks the bus idle */
}

static void
deliver_outcome (const Item *item)
{
	if (item->error != NULL)
		curia_metrics_add (CURIA_METRIC_BUS_REQUEST_FAILURES, curia_error_row (item->error)->slug, NULL, 1);
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

static void
wait_locked (CuriaBus *self)
{
	const CuriaBusRequest *request = requests_earliest_locked (self);

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
			requests_expire_locked (self, curia_clock_us ());
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
	self->pending = g_tree_new_full (requests_compare, NULL, NULL, NULL);
	self->thread = g_thread_new ("curia-bus", run, self);
	return self;
}

void
curia_bus_free (CuriaBus *self)
{
	if (self == NULL)
		return;
	g_return_if_fail (!curia_bus_is_own_thread (self));
	g_mutex_lock (&self->lock);
	self->stopping = TRUE;
	g_cond_signal (&self->work);
	g_mutex_unlock (&self->lock);
	g_thread_join (self->thread);
	remote_free (self->remote);
	bus_unref (self);
}

gboolean
curia_bus_is_connected (CuriaBus *self)
{
	return self->remote == NULL || remote_is_connected (self->remote);
}

gboolean
curia_bus_is_own_thread (CuriaBus *self)
{
	return g_thread_self () == self->thread;
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
		if (self->remote != NULL && remote_shares (topic))
			remote_watch (self->remote, topic, 1);
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
			if (self->remote != NULL && remote_shares (subscription->topic))
				remote_watch (self->remote, subscription->topic, -1);
			g_ptr_array_remove_index (self->subscriptions, i);
			break;
		}
	}
	while (id != 0 && self->running_id == id && !curia_bus_is_own_thread (self))
		g_cond_wait (&self->idle, &self->lock);
	g_mutex_unlock (&self->lock);
}

gboolean
bus_deliver (CuriaBus *self, const char *topic, json_t *take_message)
{
	json_auto_t *message = take_message;
	gboolean fits;

	g_mutex_lock (&self->lock);
	fits = self->n_deliveries < MAX_QUEUE && !self->stopping;
	if (fits)
		bus_push_locked (self, g_strdup (topic), g_steal_pointer (&message), NULL, NULL);
	g_mutex_unlock (&self->lock);
	return fits;
}

gboolean
curia_bus_publish (CuriaBus *self, const char *topic, json_t *message, GError **error)
{
	g_autofree char *text = NULL;

	curia_metrics_add (CURIA_METRIC_BUS_MESSAGES, "publication", NULL, 1);
	if (self->remote != NULL && remote_shares (topic) && !remote_write (self->remote, message, &text, error))
		return FALSE;
	if (!bus_deliver (self, topic, json_deep_copy (message)))
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "the bus has %d messages waiting", MAX_QUEUE);
	if (text != NULL)
		remote_publish (self->remote, topic, g_steal_pointer (&text));
	return TRUE;
}

guint
bus_waiting (CuriaBus *self)
{
	guint waiting;

	g_mutex_lock (&self->lock);
	waiting = self->n_deliveries;
	g_mutex_unlock (&self->lock);
	return waiting;
}
