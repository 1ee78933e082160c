/* Questions that somebody waits for: whose a meeting is, taking it when it is nobody's, and who is present in it.
 * The waiter's thread asks and sleeps; the loop's sends, and settles. */
#include "curia-cluster-redis-private.h"

#include "curia-clock.h"
#include "curia-error.h"
#include "curia-log.h"

static const char take_script[] =
	"local owner = redis.call('GET', KEYS[1]) "
	"if owner then return owner end "
	"local wait = redis.call('PTTL', KEYS[2]) "
	"if wait > 0 then return wait end "
	"redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
	"return ARGV[1]";

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
	g_autofree char *lease = reach_key (reach, "meeting", self->code), *present = reach_key (reach, "present", self->code),
		*settling = reach_plain_key (reach, "settling");
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
