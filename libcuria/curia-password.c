#include "curia-password.h"

#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sodium.h>
#include "curia-error.h"

/* More than what OWASP asks for (19 MiB twice), and little enough for a machine that carries meetings meanwhile. */
#define PASSES 3
#define MEMORY_BYTES (32 << 20)
#define MOST_WAITING 64
#define NICENESS 10

typedef struct {
	const char *password, *hash; /* hash: to check against, NULL: to make one */
	char made[crypto_pwhash_STRBYTES];
	gboolean good, done;
} Job;

struct CuriaPasswordPool {
	GThreadPool *threads;
	GMutex lock;
	GCond done;      /* of some job */
	guint n_waiting; /* under lock, as each job's `done` */
};

static void
work (gpointer data, gpointer user_data)
{
	static _Thread_local gboolean gave_way;
	CuriaPasswordPool *self = user_data;
	Job *job = data;

	if (!gave_way) /* on Linux this is about the thread alone */
		setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), NICENESS);
	gave_way = TRUE;
	if (job->hash == NULL)
		job->good = crypto_pwhash_str_alg (job->made, job->password, strlen (job->password), PASSES, MEMORY_BYTES,
						crypto_pwhash_ALG_ARGON2ID13) == 0;
	else
		job->good = crypto_pwhash_str_verify (job->hash, job->password, strlen (job->password)) == 0;
	g_mutex_lock (&self->lock);
	job->done = TRUE;
	g_cond_broadcast (&self->done);
	g_mutex_unlock (&self->lock);
}

static gboolean
run (CuriaPasswordPool *self, Job *job, GError **error)
{
	g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

	if (self->n_waiting == MOST_WAITING)
		return curia_throw (error, CURIA_ERROR_OVERLOADED, "too many passwords are being checked; try again in a moment");
	self->n_waiting++;
	g_thread_pool_push (self->threads, job, NULL);
	while (!job->done)
		g_cond_wait (&self->done, &self->lock);
	self->n_waiting--;
	return TRUE;
}

CuriaPasswordPool *
curia_password_pool_new (guint at_a_time)
{
	CuriaPasswordPool *self = g_new0 (CuriaPasswordPool, 1);

	if (sodium_init () < 0)
		g_error ("libsodium does not start");
	g_mutex_init (&self->lock);
	g_cond_init (&self->done);
	/* threads that are shared with other pools would stay nice for those */
	self->threads = g_thread_pool_new (work, self, (gint) MAX (at_a_time, 1), TRUE, NULL);
	return self;
}

void
curia_password_pool_free (CuriaPasswordPool *self)
{
	if (self == NULL)
		return;
	g_thread_pool_free (self->threads, FALSE, TRUE);
	g_cond_clear (&self->done);
	g_mutex_clear (&self->lock);
	g_free (self);
}

/* One spelling for what looks the same: keyboards differ in how they write a letter with an accent (RFC 8265). */
static char *
one_spelling (const char *password)
{
	char *normal = g_utf8_normalize (password, -1, G_NORMALIZE_NFC);

	return normal != NULL ? normal : g_strdup (password);
}

char *
curia_password_hash (CuriaPasswordPool *self, const char *password, GError **error)
{
	g_autofree char *spelt = one_spelling (password);
	Job job = { .password = spelt };

	if (!run (self, &job, error))
		return NULL;
	if (!job.good) {
		curia_throw (error, CURIA_ERROR_OVERLOADED, "there is no memory to hash a password with");
		return NULL;
	}
	return g_strdup (job.made);
}

gboolean
curia_password_verify (CuriaPasswordPool *self, const char *hash, const char *password, gboolean *right, GError **error)
{
	gboolean known = hash != NULL && *hash != '\0';
	g_autofree char *spelt = one_spelling (password);
	/* making a hash is the same work as checking one */
	Job job = { .password = spelt, .hash = known ? hash : NULL };

	*right = FALSE;
	if (!run (self, &job, error))
		return FALSE;
	*right = known && job.good;
	return TRUE;
}

gboolean
curia_password_is_current (const char *hash)
{
	return crypto_pwhash_str_needs_rehash (hash, PASSES, MEMORY_BYTES) == 0;
}
