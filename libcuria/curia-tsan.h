/* curia-tsan.h: tells ThreadSanitizer about GLib's locks. GLib takes them by futex in code that is not instrumented, so
 * without this every lock would look like none. Each file is compiled with -include of this header when configured with
 * --enable-sanitizer=thread, and never otherwise.
 * Thread: any. Ownership: none. */
#ifndef CURIA_TSAN_H
#define CURIA_TSAN_H

/* Before the first header: config.h, which says so too, comes after this file. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <glib.h>

void __tsan_acquire (void *address);
void __tsan_release (void *address);

#define TSAN_WRAP static inline __attribute__ ((unused))

/* ---- locks: what one holder wrote, the next one sees ---- */

#define TSAN_LOCK(type, function)                                                                                      \
	TSAN_WRAP void tsan_##function (type *lock) { function (lock); __tsan_acquire (lock); }
#define TSAN_TRYLOCK(type, function)                                                                                   \
	TSAN_WRAP gboolean tsan_##function (type *lock)                                                                    \
	{                                                                                                                  \
		gboolean got = function (lock);                                                                                \
		if (got)                                                                                                       \
			__tsan_acquire (lock);                                                                                     \
		return got;                                                                                                    \
	}
#define TSAN_UNLOCK(type, function)                                                                                    \
	TSAN_WRAP void tsan_##function (type *lock) { __tsan_release (lock); function (lock); }

TSAN_LOCK (GMutex, g_mutex_lock)
TSAN_TRYLOCK (GMutex, g_mutex_trylock)
TSAN_UNLOCK (GMutex, g_mutex_unlock)
TSAN_LOCK (GRecMutex, g_rec_mutex_lock)
TSAN_TRYLOCK (GRecMutex, g_rec_mutex_trylock)
TSAN_UNLOCK (GRecMutex, g_rec_mutex_unlock)
TSAN_LOCK (GRWLock, g_rw_lock_writer_lock)
TSAN_TRYLOCK (GRWLock, g_rw_lock_writer_trylock)
TSAN_UNLOCK (GRWLock, g_rw_lock_writer_unlock)
TSAN_LOCK (GRWLock, g_rw_lock_reader_lock)
TSAN_TRYLOCK (GRWLock, g_rw_lock_reader_trylock)
TSAN_UNLOCK (GRWLock, g_rw_lock_reader_unlock)

TSAN_WRAP GMutexLocker *
tsan_g_mutex_locker_new (GMutex *mutex)
{
	tsan_g_mutex_lock (mutex);
	return (GMutexLocker *) mutex;
}

TSAN_WRAP void
tsan_g_mutex_locker_free (GMutexLocker *locker)
{
	tsan_g_mutex_unlock ((GMutex *) locker);
}

TSAN_WRAP void
tsan_g_cond_wait (GCond *cond, GMutex *mutex)
{
	__tsan_release (mutex);
	g_cond_wait (cond, mutex);
	__tsan_acquire (mutex);
}

TSAN_WRAP gboolean
tsan_g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_us)
{
	gboolean woken;

	__tsan_release (mutex);
	woken = g_cond_wait_until (cond, mutex, end_us);
	__tsan_acquire (mutex);
	return woken;
}

/* ---- queues and pools: what was written before the push, the receiver sees ---- */

TSAN_WRAP void
tsan_g_async_queue_push (GAsyncQueue *queue, gpointer item)
{
	__tsan_release (item);
	g_async_queue_push (queue, item);
}

#define TSAN_POP(name, parameters, arguments)                                                                          \
	TSAN_WRAP gpointer tsan_##name parameters                                                                          \
	{                                                                                                                  \
		gpointer item = name arguments;                                                                                \
		if (item != NULL)                                                                                              \
			__tsan_acquire (item);                                                                                     \
		return item;                                                                                                   \
	}

TSAN_POP (g_async_queue_pop, (GAsyncQueue *queue), (queue))
TSAN_POP (g_async_queue_try_pop, (GAsyncQueue *queue), (queue))
TSAN_POP (g_async_queue_timeout_pop, (GAsyncQueue *queue, guint64 timeout_us), (queue, timeout_us))

typedef struct {
	GFunc run;
	gpointer data;
} TsanPool;

static char tsan_pool_end __attribute__ ((unused));

TSAN_WRAP void
tsan_pool_run (gpointer task, gpointer data)
{
	TsanPool *pool = data;

	__tsan_acquire (task);
	pool->run (task, pool->data);
	__tsan_release (&tsan_pool_end);
}

TSAN_WRAP GThreadPool *
tsan_g_thread_pool_new (GFunc run, gpointer data, gint max, gboolean exclusive, GError **error)
{
	TsanPool *pool = g_new (TsanPool, 1); /* kept for good: a test makes few pools */

	*pool = (TsanPool) { run, data };
	return g_thread_pool_new (tsan_pool_run, pool, max, exclusive, error);
}

TSAN_WRAP gboolean
tsan_g_thread_pool_push (GThreadPool *pool, gpointer task, GError **error)
{
	__tsan_release (task);
	return g_thread_pool_push (pool, task, error);
}

TSAN_WRAP void
tsan_g_thread_pool_free (GThreadPool *pool, gboolean immediate, gboolean wait)
{
	g_thread_pool_free (pool, immediate, wait);
	if (wait)
		__tsan_acquire (&tsan_pool_end);
}

#define g_mutex_lock tsan_g_mutex_lock
#define g_mutex_trylock tsan_g_mutex_trylock
#define g_mutex_unlock tsan_g_mutex_unlock
#define g_rec_mutex_lock tsan_g_rec_mutex_lock
#define g_rec_mutex_trylock tsan_g_rec_mutex_trylock
#define g_rec_mutex_unlock tsan_g_rec_mutex_unlock
#define g_rw_lock_writer_lock tsan_g_rw_lock_writer_lock
#define g_rw_lock_writer_trylock tsan_g_rw_lock_writer_trylock
#define g_rw_lock_writer_unlock tsan_g_rw_lock_writer_unlock
#define g_rw_lock_reader_lock tsan_g_rw_lock_reader_lock
#define g_rw_lock_reader_trylock tsan_g_rw_lock_reader_trylock
#define g_rw_lock_reader_unlock tsan_g_rw_lock_reader_unlock
#define g_mutex_locker_new tsan_g_mutex_locker_new
#define g_mutex_locker_free tsan_g_mutex_locker_free
#define g_cond_wait tsan_g_cond_wait
#define g_cond_wait_until tsan_g_cond_wait_until
#define g_async_queue_push tsan_g_async_queue_push
#define g_async_queue_pop tsan_g_async_queue_pop
#define g_async_queue_try_pop tsan_g_async_queue_try_pop
#define g_async_queue_timeout_pop tsan_g_async_queue_timeout_pop
#define g_thread_pool_new tsan_g_thread_pool_new
#define g_thread_pool_push tsan_g_thread_pool_push
#define g_thread_pool_free tsan_g_thread_pool_free

/* g_autoptr (GMutexLocker) was defined by glib.h with the unwrapped function; go round it. */
TSAN_WRAP void
tsan_autoptr_locker (GMutexLocker **locker)
{
	if (*locker != NULL)
		tsan_g_mutex_locker_free (*locker);
}
#define glib_autoptr_cleanup_GMutexLocker tsan_autoptr_locker

#endif
