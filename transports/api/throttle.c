#include "throttle.h"

#define BUSY_US (G_TIME_SPAN_SECOND) /* what those are told who have too many tries under way */
#define MAX_DOUBLINGS 20

typedef struct {
	char *key;
	guint failures, under_way;
	gint64 failed_us, until_us;
	GList link; /* in `order` */
} Entry;

struct Throttle {
	ThrottleRules rules;
	GMutex lock; /* leaf: below are what it guards */
	GHashTable *entries; /* by key */
	GQueue order;        /* the last used first */
};

static void
entry_free (gpointer data)
{
	Entry *entry = data;

	g_free (entry->key);
	g_free (entry);
}

Throttle *
throttle_new (const ThrottleRules *rules)
{
	Throttle *self = g_new0 (Throttle, 1);

	self->rules = *rules;
	g_mutex_init (&self->lock);
	self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
	return self;
}

void
throttle_free (Throttle *self)
{
	if (self == NULL)
		return;
	g_hash_table_unref (self->entries); /* the links go with the entries */
	g_mutex_clear (&self->lock);
	g_free (self);
}

static void
drop (Throttle *self, Entry *entry)
{
	g_queue_unlink (&self->order, &entry->link);
	g_hash_table_remove (self->entries, entry->key);
}

/* Nobody whose try is under way: it would not be counted when it fails. */
static void
make_room (Throttle *self)
{
	for (GList *at = self->order.tail; at != NULL && self->order.length >= self->rules.most;) {
		Entry *entry = at->data;

		at = at->prev;
		if (entry->under_way == 0)
			drop (self, entry);
	}
}

/* NULL when there is no room. */
static Entry *
touch (Throttle *self, const char *key)
{
	Entry *entry = g_hash_table_lookup (self->entries, key);

	if (entry != NULL) {
		g_queue_unlink (&self->order, &entry->link);
		g_queue_push_head_link (&self->order, &entry->link);
		return entry;
	}
	make_room (self);
	if (self->order.length >= self->rules.most)
		return NULL;
	entry = g_new0 (Entry, 1);
	entry->key = g_strdup (key);
	entry->link.data = entry;
	g_hash_table_insert (self->entries, entry->key, entry);
	g_queue_push_head_link (&self->order, &entry->link);
	return entry;
}

gboolean
throttle_begin (Throttle *self, const char *key, gint64 now_us, gint64 *wait_us)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	Entry *entry = touch (self, key);

	*wait_us = BUSY_US;
	if (entry == NULL)
		return FALSE;
	if (entry->failures > 0 && now_us - entry->failed_us >= self->rules.forget_us)
		entry->failures = 0;
	if (now_us < entry->until_us) {
		*wait_us = entry->until_us - now_us;
		return FALSE;
	}
	if (entry->under_way >= self->rules.at_once)
		return FALSE;
	entry->under_way++;
	return TRUE;
}

static gint64
wait_of (const ThrottleRules *rules, guint failures)
{
	if (failures < rules->free)
		return 0;
	return MIN (rules->first_us << MIN (failures - rules->free, MAX_DOUBLINGS), rules->longest_us);
}

void
throttle_end (Throttle *self, const char *key, ThrottleVerdict verdict, gint64 now_us)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
	Entry *entry = g_hash_table_lookup (self->entries, key);

	g_assert (entry != NULL && entry->under_way > 0);
	entry->under_way--;
	if (verdict == THROTTLE_PASSED)
		entry->failures = 0;
	if (verdict == THROTTLE_FAILED) {
		entry->failures++;
		entry->failed_us = now_us;
		entry->until_us = now_us + wait_of (&self->rules, entry->failures);
	}
	if (entry->failures == 0 && entry->under_way == 0)
		drop (self, entry);
}

guint
throttle_size (Throttle *self)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

	return self->order.length;
}
