/* Leases: which meetings this node has and who is present in them, kept in Redis for as long as the node says so. */
#include "curia-cluster-redis-private.h"

#include "curia-log.h"

#define RENEW_MANY 100
#define PRESENT_MANY 100

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
		g_ptr_array_add (words, reach_key (self, "meeting", g_ptr_array_index (codes, i)));
		g_ptr_array_add (words, reach_key (self, "present", g_ptr_array_index (codes, i)));
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

GPtrArray *
reach_held_codes (CuriaCluster *cluster)
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

void
reach_renew_all (Reach *self)
{
	g_autoptr (GPtrArray) codes = reach_held_codes (self->cluster);
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
	g_autofree char *key = reach_key (self, "present", code);

	redis_command (self->redis, NULL, NULL, "DEL", key);
	for (guint i = 0; i < identities->len; i += PRESENT_MANY)
		announce_some (self, key, identities, i, MIN (i + PRESENT_MANY, identities->len));
	redis_command (self->redis, NULL, NULL, "PEXPIRE", key, CLUSTER_TTL);
}

void
reach_announce_all (Reach *self)
{
	g_autoptr (GPtrArray) codes = reach_held_codes (self->cluster);

	for (guint i = 0; i < codes->len; i++)
		announce_meeting (self, g_ptr_array_index (codes, i));
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

void
reach_release_now (Reach *self, const char *code)
{
	g_autofree char *lease = reach_key (self, "meeting", code), *present = reach_key (self, "present", code);

	redis_command (self->redis, NULL, NULL, "EVAL", release_script, "2", lease, present, self->cluster->name);
}

static void
release (gpointer data)
{
	News *news = data;

	reach_release_now (news->reach, news->code);
}

static void
tell (gpointer data)
{
	News *news = data;
	Reach *self = news->reach;
	g_autofree char *key = reach_key (self, "present", news->code);

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
