/* The cluster's way to Redis: its life, and what is done when the connection comes and at each beat. */
#include "curia-cluster-redis-private.h"

#include "curia-clock.h"
#include "curia-id.h"

#define INSTANCE_BYTES 12

static const char epoch_script[] =
	"if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then redis.call('SET', KEYS[2], '1', 'PX', ARGV[2]) end";

char *
reach_key (Reach *self, const char *kind, const char *name)
{
	return g_strconcat (self->address->prefix, ":", kind, ":", name, NULL);
}

char *
reach_plain_key (Reach *self, const char *kind)
{
	return g_strconcat (self->address->prefix, ":", kind, NULL);
}

static gboolean
on_beat (gpointer data)
{
	Reach *self = data;

	reach_measure (self);
	if (redis_is_up (self->redis)) {
		reach_renew_all (self);
		reach_beat (self);
	}
	return G_SOURCE_CONTINUE;
}

static void
on_up (gpointer data)
{
	Reach *self = data;
	g_autofree char *epoch = reach_plain_key (self, "epoch"), *settling = reach_plain_key (self, "settling");

	self->announced = FALSE;
	self->up_us = curia_clock_us ();
	redis_command (self->redis, NULL, NULL, "EVAL", epoch_script, "2", epoch, settling, CLUSTER_TTL, CLUSTER_SETTLE);
	reach_announce_all (self);
	reach_renew_all (self); /* after the presence, whose time it renews too */
	reach_beat (self);
}

static void
on_down (gpointer data)
{
	(void) data;
}

/* ---- life ---- */

static void
connect_it (gpointer data)
{
	static const RedisEvents events = { on_up, on_down, NULL };
	Reach *self = data;

	reach_measure (self);
	self->redis = redis_new (loop_context (self->loop), self->address, "cluster", &events, self);
	self->beat = loop_timer (self->loop, CLUSTER_BEAT_MS, on_beat, self);
}

Reach *
reach_new (CuriaCluster *cluster, const CuriaRedisSettings *settings, GError **error)
{
	g_autoptr (RedisAddress) address = redis_address_new (settings, error);
	Reach *self;

	if (address == NULL)
		return NULL;
	self = g_new0 (Reach, 1);
	self->cluster = cluster;
	self->address = g_steal_pointer (&address);
	self->instance = curia_id_secret (INSTANCE_BYTES);
	self->loop = loop_new ("curia-cluster");
	loop_post (self->loop, connect_it, self, NULL);
	return self;
}

/* Says goodbye, so that the others need not wait for the time to live; what is sent here leaves if Redis is quick. */
static void
farewell (gpointer data)
{
	Reach *self = data;
	g_autofree char *key = reach_key (self, "node", self->cluster->name), *names = reach_plain_key (self, "nodes");
	g_autoptr (GPtrArray) codes = reach_held_codes (self->cluster);

	for (guint i = 0; i < codes->len; i++)
		reach_release_now (self, g_ptr_array_index (codes, i));
	redis_command (self->redis, NULL, NULL, "SREM", names, self->cluster->name);
	redis_command (self->redis, NULL, NULL, "DEL", key);
}

void
reach_free (Reach *self)
{
	if (self == NULL)
		return;
	loop_post (self->loop, farewell, self, NULL);
	loop_stop (self->loop);
	redis_flush (self->redis);
	g_source_destroy (self->beat);
	g_source_unref (self->beat);
	redis_free (self->redis);
	loop_free (self->loop);
	redis_address_free (self->address);
	g_free (self->instance);
	g_free (self);
}
