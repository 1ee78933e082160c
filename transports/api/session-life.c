#include "session-life.h"

#include "curia-store-sessions.h"

#define REMEMBER_MS 4000
#define MOST 10000

typedef struct {
	gint64 until_ms;
	gboolean admin;
} Life;

static GHashTable *lives; /* session id -> Life; LOCK: lives_lock */
static guint64 epoch;     /* LOCK: counts what was forgotten, so that nothing older is remembered again */
static GMutex lives_lock;

void
api_session_forget (void)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lives_lock);
	g_clear_pointer (&lives, g_hash_table_unref);
	epoch++;
}

static void
set_role (CuriaAccountToken *token, gboolean admin)
{
	g_free (token->role);
	token->role = g_strdup (admin ? "admin" : "user");
}

static gboolean
recall (CuriaAccountToken *token, gint64 now_ms, guint64 *seen)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lives_lock);
	const Life *life = lives != NULL ? g_hash_table_lookup (lives, token->session) : NULL;
	*seen = epoch;
	if (life == NULL || now_ms >= life->until_ms || now_ms < life->until_ms - REMEMBER_MS)
		return FALSE;
	set_role (token, life->admin);
	return TRUE;
}

static void
remember (const char *session, gboolean admin, gint64 now_ms, guint64 seen)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lives_lock);
	if (seen != epoch)
		return;
	if (lives != NULL && g_hash_table_size (lives) >= MOST)
		g_clear_pointer (&lives, g_hash_table_unref);
	if (lives == NULL)
		lives = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	Life *life = g_new (Life, 1);
	*life = (Life) { now_ms + REMEMBER_MS, admin };
	g_hash_table_insert (lives, g_strdup (session), life);
}

gboolean
api_session_check (CuriaNode *node, CuriaAccountToken *token, gint64 now_ms, GError **error)
{
	guint64 seen;
	if (recall (token, now_ms, &seen))
		return TRUE;
	g_autoptr (CuriaAccount) account = curia_store_session_account (curia_node_store (node), token->session, now_ms, error);
	if (account == NULL)
		return FALSE;
	if (!g_str_equal (account->id, token->account))
		return curia_throw (error, CURIA_ERROR_SESSION_ENDED, "the session has ended: sign in again");
	set_role (token, curia_account_is_admin (account));
	remember (token->session, curia_account_is_admin (account), now_ms, seen);
	return TRUE;
}
