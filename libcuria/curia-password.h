/* curia-password.h: passwords as argon2id hashes (RFC 9106), made and checked a few at a time on threads of their own.
 * Thread: any; the work runs on the pool's threads, which give way to all others. Ownership: returned strings are the
 * caller's. Blocking: yes, some 50 ms for one, longer behind others: never call it where others wait for the thread. */
#ifndef CURIA_PASSWORD_H
#define CURIA_PASSWORD_H

#include <glib.h>

#define CURIA_PASSWORD_MIN 10 /* characters of an account's; a meeting's may have fewer */
#define CURIA_PASSWORD_MAX 256

typedef struct CuriaPasswordPool CuriaPasswordPool;

/* At most `at_a_time` hashes are worked on at once, each with 32 MiB; at most 64 wait. */
CuriaPasswordPool *curia_password_pool_new (guint at_a_time);
/* When nobody waits in it any more. */
void curia_password_pool_free (CuriaPasswordPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaPasswordPool, curia_password_pool_free)

/* "$argon2id$v=19$m=...": with its salt, fit for the store. NULL with OVERLOADED when too many wait. [any, blocks] */
char *curia_password_hash (CuriaPasswordPool *self, const char *password, GError **error);
/* Whether it is the password of `hash`. With a hash that is NULL or "" (there is no such account, or it has no password) it
 * takes as long and is not. FALSE with OVERLOADED when too many wait: then *right says nothing. [any, blocks] */
gboolean curia_password_verify (CuriaPasswordPool *self, const char *hash, const char *password, gboolean *right,
	GError **error);
/* Whether a hash was made with today's limits; else make it anew when the password is at hand. [any] */
gboolean curia_password_is_current (const char *hash);

#endif
