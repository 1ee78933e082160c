/* The cluster's way to Redis: heartbeats, leases and presence, each a key with a time to live.
 *
 *   <prefix>:node:<name>     what the node says of itself      <prefix>:nodes   the names there are
 *   <prefix>:meeting:<code>  the name of the node that has it  <prefix>:present:<code>  identity -> node
 *   <prefix>:epoch           there while any node beats; who finds it missing sets <prefix>:settling, during which no meeting
 *                            that nobody claims is given away: its node may only be late in coming back. */
#include "curia-cluster-private.h"

#include <string.h>
#include <sys/resource.h>
#include "curia-clock.h"
#include "curia-error.h"
#include "curia-id.h"
#include "curia-log.h"
#include "curia-loop.h"
#include "curia-redis-private.h"
#include "curia-text.h"

#define RENEW_MANY 100
#define PRESENT_MANY 100
#define FORGET_MANY 100 /* names at a beat */
#define INSTANCE_BYTES 12
#define RETURN_US (6 * G_USEC_PER_SEC) /* after Redis came back, nodes that it does not know yet are not gone */

static const char take_script[] =
	"local owner = redis.call('GET', KEYS[1]) "
	"if owner then return owner end "
	"local wait = redis.call('PTTL', KEYS[2]) "
	"if wait > 0 then return wait end "
	"redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
	"return ARGV[1]";

/* Pairs of lease and presence; answers with the places of those that another node has. */
static const char renew_script[] =
	"local lost = {} "
	"for i = 1, #KEYS, 2 do "
	"  local owner = redis.call('GET', KEYS[i]) "
	"  if not owner or owner == ARGV[1] then "
	"    redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) redis.call('PEXPIRE', KEYS[i + 1], ARGV[2]) "
	"  else lost[#lost + 1] = (i - 1) / 2 end "
	"end "
	"return lost";

static const char release_script[] =
	"if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end";

/* The names (ARGV) of those whose heartbeat (KEYS after the first) has gone, unless it is back. */
static const char forget_script[] =
	"for i = 2, #KEYS do if redis.call('EXISTS', KEYS[i]) == 0 then redis.call('SREM', KEYS[1], ARGV[i - 1]) end end";

static const char epoch_script[] =
	"if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then redis.call('SET', KEYS[2], '1', 'PX', ARGV[2]) end";

struct Reach {
	CuriaCluster *cluster;
	Loop *loop;
	RedisAddress *address;
	Redis *redis;
	char *instance;
	GSource *beat;
	gint64 up_us;             /* when the connection came */
	gint64 beaten_us, cpu_us; /* clock and processor time at the last beat */
	gboolean told;            /* that another node has our name */
	gboolean announced;       /* on this connection */
	guint n_dropped;          /* heartbeats that made no sense at the last look */
};

static char *
key_of (Reach *self, const char *kind, const char *name)
{
	return g_strconcat (self->address->prefix, ":", kind, ":", name, NULL);
}

static char *
plain_key (Reach *self, const char *kind)
{
	return g_strconcat (self->address->prefix, ":", kind, NULL);
}

/* ---- leases [loop] ---- */

typedef struct {
	Reach *reach;
	GPtrArray *codes;
} Renewal;

static void
renewal_free (Renewal *self)
{
	g_ptr_array_unref (self->codes);
	g_free (self);
}

static void
tell_lost (Reach *self, const char *code)
{
	json_auto_t *message = json_pack ("{s:s}", "lost", code);

	curia_log_warning ("cluster", "%s: another node has it now", code);
	curia_bus_publish (self->cluster->bus, "local.cluster", message, NULL);
}

static void
on_renewed (const redisReply *reply, const GError *error, gpointer data)
{
	Renewal *renewal = data;
	const char *refusal = error == NULL ? redis_reply_error (reply) : NULL;

	if (refusal != NULL)
		curia_log_warning ("cluster", "leases cannot be renewed: %s", refusal);
	for (gsize i = 0; error == NULL && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
		if (reply->element[i]->type == REDIS_REPLY_INTEGER && (guint64) reply->element[i]->integer < renewal->codes->len)
			tell_lost (renewal->reach, g_ptr_array_index (renewal->codes, reply->element[i]->integer));
	renewal_free (renewal);
}

static void
renew_some (Reach *self, Renewal *take_renewal)
{
	g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
	GPtrArray *codes = take_renewal->codes;

	g_ptr_array_add (words, g_strdup ("EVAL"));
	g_ptr_array_add (words, g_strdup (renew_script));
	g_ptr_array_add (words, g_strdup_printf ("%u", 2 * codes->len));
	for (guint i = 0; i < codes->len; i++) {
		g_ptr_array_add (words, key_of (self, "meeting", g_ptr_array_index (codes, i)));
		g_ptr_array_add (words, key_of (self, "present", g_ptr_array_index (codes, i)));
	}
	g_ptr_array_add (words, g_strdup (self->cluster->name));
	g_ptr_array_add (words, g_strdup (CLUSTER_TTL));
	if (!redis_send (self->redis, on_renewed, take_renewal, words->len, (const char *const *) words->pdata))
		renewal_free (take_renewal);
}

static Renewal *
renewal_new (Reach *self)
{
	Renewal *renewal = g_new (Renewal, 1);

	*renewal = (Renewal) { self, g_ptr_array_new_with_free_func (g_free) };
	return renewal;
}

/* Copies, since no command is written under the lock. */
static GPtrArray *
held_codes (CuriaCluster *cluster)
{
	GPtrArray *codes = g_ptr_array_new_with_free_func (g_free);
	GHashTableIter iter;
	gpointer code;

	g_mutex_lock (&cluster->lock);
	g_hash_table_iter_init (&iter, cluster->held);
	while (g_hash_table_iter_next (&iter, &code, NULL))
		g_ptr_array_add (codes, g_strdup (code));
	g_mutex_unlock (&cluster->lock);
	return codes;
}

static void
renew_all (Reach *self)
{
	g_autoptr (GPtrArray) codes = held_codes (self->cluster);
	Renewal *renewal = NULL;

	for (guint i = 0; i < codes->len; i++) {
		if (renewal == NULL)
			renewal = renewal_new (self);
		g_ptr_array_add (renewal->codes, g_strdup (g_ptr_array_index (codes, i)));
		if (renewal->codes->len == RENEW_MANY || i + 1 == codes->len)
			renew_some (self, g_steal_pointer (&renewal));
	}
}

/* ---- presence [loop] ---- */

static GPtrArray *
identities_of (CuriaCluster *cluster, const char *code)
{
	GPtrArray *identities = g_ptr_array_new_with_free_func (g_free);
	GHashTableIter iter;
	gpointer identity;
	Held *held;

	g_mutex_lock (&cluster->lock);
	held = g_hash_table_lookup (cluster->held, code);
	if (held != NULL) {
		g_hash_table_iter_init (&iter, held->identities);
		while (g_hash_table_iter_next (&iter, &identity, NULL))
			g_ptr_array_add (identities, g_strdup (identity));
	}
	g_mutex_unlock (&cluster->lock);
	return identities;
}

static void
announce_some (Reach *self, const char *key, GPtrArray *identities, guint from, guint to)
{
	const char *words[2 + 2 * PRESENT_MANY] = { "HSET", key };
	guint n = 2;

	for (guint i = from; i < to; i++) {
		words[n++] = g_ptr_array_index (identities, i);
		words[n++] = self->cluster->name;
	}
	redis_send (self->redis, NULL, NULL, n, words);
}

static void
announce_meeting (Reach *self, const char *code)
{
	g_autoptr (GPtrArray) identities = identities_of (self->cluster, code);
	g_autofree char *key = key_of (self, "present", code);

	redis_command (self->redis, NULL, NULL, "DEL", key);
	for (guint i = 0; i < identities->len; i += PRESENT_MANY)
		announce_some (self, key, identities, i, MIN (i + PRESENT_MANY, identities->len));
	redis_command (self->redis, NULL, NULL, "PEXPIRE", key, CLUSTER_TTL);
}

static void
announce_all (Reach *self)
{
	g_autoptr (GPtrArray) codes = held_codes (self->cluster);

	for (guint i = 0; i < codes->len; i++)
		announce_meeting (self, g_ptr_array_index (codes, i));
}

/* ---- heartbeats [loop] ---- */

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
	g_ptr_array_add (words, plain_key (look->reach, "nodes"));
	for (guint i = 0; i < gone->len; i++)
		g_ptr_array_add (words, key_of (look->reach, "node", g_ptr_array_index (gone, i)));
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
		g_ptr_array_add (words, key_of (self, "node", reply->element[i]->str));
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

static void
measure (Reach *self)
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

static void
beat (Reach *self)
{
	CuriaClusterNode *own = cluster_own_node (self->cluster);
	json_auto_t *object = cluster_node_to_json (own, self->instance);
	g_autofree char *text = json_dumps (object, JSON_COMPACT), *key = key_of (self, "node", own->name),
		*names = plain_key (self, "nodes"), *epoch = plain_key (self, "epoch");

	redis_command (self->redis, on_beaten, self, "SET", key, text, "PX", CLUSTER_TTL, "GET");
	redis_command (self->redis, NULL, NULL, "SADD", names, own->name);
	redis_command (self->redis, NULL, NULL, "SET", epoch, "1", "PX", CLUSTER_TTL);
	redis_command (self->redis, on_names, self, "SMEMBERS", names);
	curia_cluster_node_free (own);
}

static gboolean
on_beat (gpointer data)
{
	Reach *self = data;

	measure (self);
	if (redis_is_up (self->redis)) {
		renew_all (self);
		beat (self);
	}
	return G_SOURCE_CONTINUE;
}

static void
on_up (gpointer data)
{
	Reach *self = data;
	g_autofree char *epoch = plain_key (self, "epoch"), *settling = plain_key (self, "settling");

	self->announced = FALSE;
	self->up_us = curia_clock_us ();
	redis_command (self->redis, NULL, NULL, "EVAL", epoch_script, "2", epoch, settling, CLUSTER_TTL, CLUSTER_SETTLE);
	announce_all (self);
	renew_all (self); /* after the presence, whose time it renews too */
	beat (self);
}

static void
on_down (gpointer data)
{
	(void) data;
}

/* ---- questions that somebody waits for ---- */

typedef struct {
	gint references; /* the waiter's and the loop's */
	Reach *reach;
	char *code, *node; /* node NULL: presence is asked for */
	GMutex lock;
	GCond done;
	gboolean is_done; /* LOCK */
	char *owner;      /* LOCK */
	json_t *presence; /* LOCK */
	GError *error;    /* LOCK */
	gint64 deadline_us;
} Question;

static void
question_unref (gpointer data)
{
	Question *self = data;

	if (!g_atomic_int_dec_and_test (&self->references))
		return;
	g_free (self->code);
	g_free (self->node);
	g_free (self->owner);
	json_decref (self->presence);
	g_clear_error (&self->error);
	g_mutex_clear (&self->lock);
	g_cond_clear (&self->done);
	g_free (self);
}

static void
settle (Question *self, const char *owner, json_t *take_presence, const char *refusal)
{
	g_mutex_lock (&self->lock);
	self->owner = g_strdup (owner);
	self->presence = take_presence;
	if (refusal != NULL)
		self->error = g_error_new (CURIA_ERROR, CURIA_ERROR_UNAVAILABLE, "where the meeting is cannot be told now: %s", refusal);
	self->is_done = TRUE;
	g_cond_signal (&self->done);
	g_mutex_unlock (&self->lock);
}

static void put_question (gpointer data);

static gboolean
on_again (gpointer data)
{
	put_question (data);
	return G_SOURCE_REMOVE;
}

/* Redis has just lost everything: whoever holds the meeting gets the time to say so. */
static void
ask_again (Question *self, gint64 wait_ms)
{
	GSource *source;

	if (curia_clock_us () + wait_ms * 1000 > self->deadline_us) {
		settle (self, NULL, NULL, "the nodes are coming back");
		return;
	}
	source = g_timeout_source_new ((guint) wait_ms + 10);
	g_atomic_int_inc (&self->references);
	g_source_set_callback (source, on_again, self, question_unref);
	g_source_attach (source, loop_context (self->reach->loop));
	g_source_unref (source);
}

static json_t *
read_presence (const redisReply *reply)
{
	json_t *presence = json_object ();

	for (gsize i = 0; i + 1 < reply->elements; i += 2)
		if (reply->element[i]->type == REDIS_REPLY_STRING && reply->element[i + 1]->type == REDIS_REPLY_STRING)
			json_object_set_new (presence, reply->element[i]->str, json_string (reply->element[i + 1]->str));
	return presence;
}

/* Redis' words have keys and scripts in them: they are for the log. */
static void
settle_refused (Question *self, const char *words)
{
	curia_log_warning ("cluster", "%s: Redis cannot tell where it is: %s", self->code, words);
	settle (self, NULL, NULL, "Redis does not answer as it should");
}

static void
on_answer (const redisReply *reply, const GError *error, gpointer data)
{
	Question *self = data;

	if (error != NULL)
		settle (self, NULL, NULL, error->message);
	else if (redis_reply_error (reply) != NULL)
		settle_refused (self, redis_reply_error (reply));
	else if (reply->type == REDIS_REPLY_ARRAY)
		settle (self, NULL, read_presence (reply), NULL);
	else if (reply->type == REDIS_REPLY_INTEGER)
		ask_again (self, CLAMP (reply->integer, 1, CLUSTER_WAIT_MS));
	else if (reply->type != REDIS_REPLY_STRING || !cluster_is_name (reply->str))
		settle (self, NULL, NULL, "Redis gives no answer");
	else
		settle (self, reply->str, NULL, NULL);
	question_unref (self);
}

/* [loop] */
static void
put_question (gpointer data)
{
	Question *self = data;
	Reach *reach = self->reach;
	g_autofree char *lease = key_of (reach, "meeting", self->code), *present = key_of (reach, "present", self->code),
		*settling = plain_key (reach, "settling");
	gboolean sent;

	g_atomic_int_inc (&self->references);
	if (self->node != NULL)
		sent = redis_command (reach->redis, on_answer, self, "EVAL", take_script, "2", lease, settling, self->node, CLUSTER_TTL);
	else
		sent = redis_command (reach->redis, on_answer, self, "HGETALL", present);
	if (sent)
		return;
	settle (self, NULL, NULL, "Redis is away");
	question_unref (self);
}

static Question *
question_new (Reach *reach, const char *code, const char *node)
{
	Question *self = g_new0 (Question, 1);

	self->references = 2;
	self->reach = reach;
	self->code = g_strdup (code);
	self->node = g_strdup (node);
	self->deadline_us = curia_clock_us () + CLUSTER_WAIT_MS * 1000;
	g_mutex_init (&self->lock);
	g_cond_init (&self->done);
	return self;
}

/* Asks and waits. FALSE with UNAVAILABLE. */
static gboolean
wait_for (Question *self, GError **error)
{
	gboolean answered;

	if (!loop_post (self->reach->loop, put_question, self, question_unref))
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "the cluster has too much to do");
	g_mutex_lock (&self->lock);
	while (!self->is_done && g_cond_wait_until (&self->done, &self->lock, self->deadline_us))
		;
	answered = self->is_done && self->error == NULL;
	if (self->error != NULL)
		g_propagate_error (error, g_steal_pointer (&self->error));
	else if (!answered)
		curia_throw (error, CURIA_ERROR_UNAVAILABLE, "where the meeting is cannot be told now: no answer in time");
	g_mutex_unlock (&self->lock);
	return answered;
}

char *
reach_take (Reach *self, const char *code, const char *node, GError **error)
{
	Question *question = question_new (self, code, node);
	char *owner = wait_for (question, error) ? g_steal_pointer (&question->owner) : NULL;

	question_unref (question);
	return owner;
}

json_t *
reach_presence (Reach *self, const char *code, GError **error)
{
	Question *question = question_new (self, code, NULL);
	json_t *presence = wait_for (question, error) ? g_steal_pointer (&question->presence) : NULL;

	question_unref (question);
	return presence;
}

/* ---- news of this node's meetings [any], carried out by the loop ---- */

typedef struct {
	Reach *reach;
	char *code, *identity;
	gboolean present;
} News;

static void
news_free (gpointer data)
{
	News *self = data;

	g_free (self->code);
	g_free (self->identity);
	g_free (self);
}

static void
post_news (Reach *reach, LoopJob job, const char *code, const char *identity, gboolean present)
{
	News *news = g_new (News, 1);

	*news = (News) { reach, g_strdup (code), g_strdup (identity), present };
	loop_post (reach->loop, job, news, news_free); /* refused: the next beat renews, the time to live ends the rest */
}

static void
hold (gpointer data)
{
	News *news = data;
	Renewal *renewal = renewal_new (news->reach);

	g_ptr_array_add (renewal->codes, g_strdup (news->code));
	announce_meeting (news->reach, news->code);
	renew_some (news->reach, renewal);
}

static void
release (gpointer data)
{
	News *news = data;
	Reach *self = news->reach;
	g_autofree char *lease = key_of (self, "meeting", news->code), *present = key_of (self, "present", news->code);

	redis_command (self->redis, NULL, NULL, "EVAL", release_script, "2", lease, present, self->cluster->name);
}

static void
tell (gpointer data)
{
	News *news = data;
	Reach *self = news->reach;
	g_autofree char *key = key_of (self, "present", news->code);

	if (!news->present)
		redis_command (self->redis, NULL, NULL, "HDEL", key, news->identity);
	else if (redis_command (self->redis, NULL, NULL, "HSET", key, news->identity, self->cluster->name))
		redis_command (self->redis, NULL, NULL, "PEXPIRE", key, CLUSTER_TTL);
}

void
reach_hold (Reach *self, const char *code)
{
	post_news (self, hold, code, NULL, TRUE);
}

void
reach_release (Reach *self, const char *code)
{
	post_news (self, release, code, NULL, FALSE);
}

void
reach_tell (Reach *self, const char *code, const char *identity, gboolean present)
{
	post_news (self, tell, code, identity, present);
}

/* ---- life ---- */

static void
connect_it (gpointer data)
{
	static const RedisEvents events = { on_up, on_down, NULL };
	Reach *self = data;

	measure (self);
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
	g_autofree char *key = key_of (self, "node", self->cluster->name), *names = plain_key (self, "nodes");
	g_autoptr (GPtrArray) codes = held_codes (self->cluster);

	for (guint i = 0; i < codes->len; i++) {
		News news = { self, g_ptr_array_index (codes, i), NULL, FALSE };

		release (&news);
	}
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
