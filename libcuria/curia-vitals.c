#include "curia-vitals.h"

#include "curia-bus-private.h"
#include "curia-metrics.h"
#include "curia-process.h"

#define WAIT_US G_USEC_PER_SEC

/* A store that hangs must not hold up who asks: a thread asks it, of which there is one at a time. */
struct Vitals {
	CuriaStore *store;
	CuriaBus *bus;
	CuriaCluster *cluster;
	guint collectors[2];
	GMutex lock;
	GCond asked;      /* an answer is there */
	GThread *thread;  /* LOCK: lock; NULL: none was ever started */
	gboolean asking;  /* LOCK: lock */
	gint64 asked_us;  /* LOCK: lock; GCond's clock */
	guint answers;    /* LOCK: lock; how many there were */
	gboolean healthy; /* LOCK: lock; the last answer */
};

static gpointer
ask_store (gpointer data)
{
	Vitals *self = data;
	gboolean healthy = curia_store_healthy (self->store, NULL);

	g_mutex_lock (&self->lock);
	self->healthy = healthy;
	self->asking = FALSE;
	self->answers++;
	g_cond_broadcast (&self->asked);
	g_mutex_unlock (&self->lock);
	return NULL;
}

static void
start_asking_locked (Vitals *self)
{
	if (self->asking)
		return;
	if (self->thread != NULL)
		g_thread_join (self->thread); /* it has answered, and takes no lock any more */
	self->asking = TRUE;
	self->asked_us = g_get_monotonic_time ();
	self->thread = g_thread_new ("curia-vitals", ask_store, self);
}

/* No answer in time is a bad one; who comes later than that does not wait for it any more. */
gboolean
vitals_store_is_up (Vitals *self)
{
	gint64 end_us;
	guint before;
	gboolean up;

	g_mutex_lock (&self->lock);
	start_asking_locked (self);
	before = self->answers;
	end_us = self->asked_us + WAIT_US;
	while (self->answers == before && g_cond_wait_until (&self->asked, &self->lock, end_us))
		;
	up = self->answers != before && self->healthy;
	g_mutex_unlock (&self->lock);
	return up;
}

static void
collect (gpointer data)
{
	Vitals *self = data;
	g_autoptr (GPtrArray) nodes = curia_cluster_nodes (self->cluster);

	curia_metrics_set (CURIA_METRIC_CLUSTER_NODES, NULL, NULL, nodes->len);
	curia_metrics_set (CURIA_METRIC_STORE_UP, NULL, NULL, vitals_store_is_up (self));
	curia_metrics_set (CURIA_METRIC_STORE_QUEUE, NULL, NULL, curia_store_waiting (self->store));
	curia_metrics_set (CURIA_METRIC_BUS_UP, NULL, NULL, curia_bus_is_connected (self->bus));
	curia_metrics_set (CURIA_METRIC_BUS_QUEUE, NULL, NULL, bus_waiting (self->bus));
}

Vitals *
vitals_new (CuriaStore *store, CuriaBus *bus, CuriaCluster *cluster)
{
	static const CuriaMetric from_the_beginning[] = { CURIA_METRIC_STORE_WRITE_US, CURIA_METRIC_STORE_WRITES,
		CURIA_METRIC_BUS_MESSAGES, CURIA_METRIC_BUS_REQUEST_FAILURES };
	Vitals *self = g_new0 (Vitals, 1);

	self->store = store;
	self->bus = bus;
	self->cluster = cluster;
	g_mutex_init (&self->lock);
	g_cond_init (&self->asked);
	for (guint i = 0; i < G_N_ELEMENTS (from_the_beginning); i++)
		curia_metrics_touch (from_the_beginning[i]);
	self->collectors[0] = process_add_collector ();
	self->collectors[1] = curia_metrics_add_collector (collect, self);
	return self;
}

void
vitals_free (Vitals *self)
{
	if (self == NULL)
		return;
	for (guint i = 0; i < G_N_ELEMENTS (self->collectors); i++)
		curia_metrics_remove_collector (self->collectors[i]);
	if (self->thread != NULL)
		g_thread_join (self->thread);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->asked);
	g_free (self);
}
