/* Heartbeats: what this node says of itself, and what the others say, of whom those without one are forgotten. */
#include "curia-cluster-redis-private.h"

#include <string.h>
#include <sys/resource.h>
#include "curia-clock.h"
#include "curia-log.h"
#include "curia-text.h"

#define FORGET_MANY 100 /* names at a beat */
#define RETURN_US (6 * G_USEC_PER_SEC) /* after Redis came back, nodes that it does not know yet are not gone */

/* The names (ARGV) of those whose heartbeat (KEYS after the first) has gone, unless it is back. */
static const char forget_script[] =
	"for i = 2, #KEYS do if redis.call('EXISTS', KEYS[i]) == 0 then redis.call('SREM', KEYS[1], ARGV[i - 1]) end end";

static gboolean
has_name (GPtrArray *nodes, const char *name)
{
	for (guint i = 0; i < nodes->len; i++)
		if (g_str_equal (((CuriaClusterNode *) g_ptr_array_index (nodes, i))->name, name))
			return TRUE;
	return FALSE;
}

/* Takes over who is missing among the new ones. */
static void
keep_missing (GPtrArray *others, GPtrArray *old)
{
	for (guint i = old->len; i > 0; i--) {
		CuriaClusterNode *node = g_ptr_array_index (old, i - 1);

		if (!has_name (others, node->name))
			g_ptr_array_add (others, g_ptr_array_steal_index_fast (old, i - 1));
	}
}

/* Names whose heartbeats were asked for. */
typedef struct {
	Reach *reach;
	GPtrArray *names;
} Look;

static void
look_free (Look *self)
{
	g_ptr_array_unref (self->names);
	g_free (self);
}

/* What a heartbeat says; NULL when it makes no sense, or is another's than that of the name. */
static CuriaClusterNode *
read_heartbeat (const redisReply *reply, const char *name)
{
	json_auto_t *object = json_loadb (reply->str, reply->len, 0, NULL);
	CuriaClusterNode *node = cluster_node_from_json (object);

	if (node != NULL && !g_str_equal (node->name, name))
		g_clear_pointer (&node, curia_cluster_node_free);
	return node;
}

/* Each time that there are more or fewer of them, not at every look. */
static void
tell_dropped (Reach *self, guint n, const char *one)
{
	if (n > 0 && n != self->n_dropped) {
		g_autofree char *shown = text_quote (one);

		curia_log_warning ("cluster", "%u heartbeats in Redis make no sense or have a name or url that no node may have,"
			" such as that of %s: nobody is sent there", n, shown);
	}
	self->n_dropped = n;
}

/* All nodes but this one that have a heartbeat that makes sense. */
static GPtrArray *
read_heartbeats (Look *look, const redisReply *reply)
{
	GPtrArray *others = g_ptr_array_new_with_free_func ((GDestroyNotify) curia_cluster_node_free);
	const char *bad = NULL;
	guint n_bad = 0;

	for (gsize i = 0; i < reply->elements && i < look->names->len; i++) {
		const char *name = g_ptr_array_index (look->names, i);
		CuriaClusterNode *node;

		if (reply->element[i]->type != REDIS_REPLY_STRING || g_str_equal (name, look->reach->cluster->name))
			continue;
		node = read_heartbeat (reply->element[i], name);
		if (node != NULL)
			g_ptr_array_add (others, node);
		else if (n_bad++ == 0)
			bad = name;
	}
	tell_dropped (look->reach, n_bad, bad);
	return others;
}

/* Takes those without a heartbeat out of the names. */
static void
forget_gone (Look *look, const redisReply *reply)
{
	g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free), gone = g_ptr_array_new ();

	for (gsize i = 0; i < reply->elements && i < look->names->len && gone->len < FORGET_MANY; i++)
		if (reply->element[i]->type == REDIS_REPLY_NIL)
			g_ptr_array_add (gone, g_ptr_array_index (look->names, i));
	if (gone->len == 0)
		return;
	g_ptr_array_add (words, g_strdup ("EVAL"));
	g_ptr_array_add (words, g_strdup (forget_script));
	g_ptr_array_add (words, g_strdup_printf ("%u", 1 + gone->len));
	g_ptr_array_add (words, reach_plain_key (look->reach, "nodes"));
	for (guint i = 0; i < gone->len; i++)
		g_ptr_array_add (words, reach_key (look->reach, "node", g_ptr_array_index (gone, i)));
	for (guint i = 0; i < gone->len; i++)
		g_ptr_array_add (words, g_strdup (g_ptr_array_index (gone, i)));
	redis_send (look->reach->redis, NULL, NULL, words->len, (const char *const *) words->pdata);
}

static void
on_nodes (const redisReply *reply, const GError *error, gpointer data)
{
	Look *look = data;
	Reach *self = look->reach;
	GPtrArray *others, *old;

	if (error != NULL || reply->type != REDIS_REPLY_ARRAY) {
		look_free (look);
		return; /* what was known stays */
	}
	others = read_heartbeats (look, reply);
	forget_gone (look, reply);
	look_free (look);
	g_mutex_lock (&self->cluster->lock);
	old = self->cluster->others;
	if (curia_clock_us () - self->up_us < RETURN_US)
		keep_missing (others, old);
	self->cluster->others = others;
	self->cluster->own_placed = 0;
	g_mutex_unlock (&self->cluster->lock);
	g_ptr_array_unref (old);
}

static void
on_names (const redisReply *reply, const GError *error, gpointer data)
{
	Reach *self = data;
	g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
	Look *look;

	if (error != NULL || reply->type != REDIS_REPLY_ARRAY)
		return;
	look = g_new (Look, 1);
	*look = (Look) { self, g_ptr_array_new_with_free_func (g_free) };
	g_ptr_array_add (words, g_strdup ("MGET"));
	for (gsize i = 0; i < reply->elements; i++) {
		if (reply->element[i]->type != REDIS_REPLY_STRING)
			continue;
		g_ptr_array_add (look->names, g_strdup (reply->element[i]->str));
		g_ptr_array_add (words, reach_key (self, "node", reply->element[i]->str));
	}
	if (words->len == 1 || !redis_send (self->redis, on_nodes, look, words->len, (const char *const *) words->pdata))
		look_free (look);
}

/* What our key held before: another instance's words, although we have written it, mean that two nodes have one name. */
static void
on_beaten (const redisReply *reply, const GError *error, gpointer data)
{
	Reach *self = data;

	if (error != NULL || reply->type != REDIS_REPLY_STRING)
		return;
	if (self->announced && !self->told && strstr (reply->str, self->instance) == NULL) {
		curia_log_error ("cluster", "another node is called %s as well: give each a general.node_name of its own", self->cluster->name);
		self->told = TRUE;
	}
	self->announced = TRUE;
}

void
reach_measure (Reach *self)
{
	gint64 now_us = curia_clock_us (), used_us;
	struct rusage usage;

	getrusage (RUSAGE_SELF, &usage);
	used_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	if (self->beaten_us > 0 && now_us > self->beaten_us) {
		gint64 pct = (used_us - self->cpu_us) * 100 / (now_us - self->beaten_us) / g_get_num_processors ();

		g_mutex_lock (&self->cluster->lock);
		self->cluster->cpu_pct = CLAMP (pct, 0, 100);
		g_mutex_unlock (&self->cluster->lock);
	}
	self->beaten_us = now_us;
	self->cpu_us = used_us;
}

void
reach_beat (Reach *self)
{
	CuriaClusterNode *own = cluster_own_node (self->cluster);
	json_auto_t *object = cluster_node_to_json (own, self->instance);
	g_autofree char *text = json_dumps (object, JSON_COMPACT), *key = reach_key (self, "node", own->name),
		*names = reach_plain_key (self, "nodes"), *epoch = reach_plain_key (self, "epoch");

	redis_command (self->redis, on_beaten, self, "SET", key, text, "PX", CLUSTER_TTL, "GET");
	redis_command (self->redis, NULL, NULL, "SADD", names, own->name);
	redis_command (self->redis, NULL, NULL, "SET", epoch, "1", "PX", CLUSTER_TTL);
	redis_command (self->redis, on_names, self, "SMEMBERS", names);
	curia_cluster_node_free (own);
}
