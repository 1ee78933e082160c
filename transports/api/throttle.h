/* throttle.h: slows down who guesses: after some failures each further try has to wait, longer and longer.
 * Thread: any; calls take a leaf lock. Ownership: the table owns its entries, which are at most `most` in number; beyond it the one
 * not used for longest goes. `now` is handed in. */
#ifndef API_THROTTLE_H
#define API_THROTTLE_H

#include <glib.h>

typedef struct {
	guint most;             /* entries */
	guint free;             /* failures before there is a wait */
	guint at_once;          /* tries of one key under way at a time */
	gint64 first_us, longest_us; /* wait; it doubles with each failure */
	gint64 forget_us;       /* failures are forgotten when there was none for so long */
} ThrottleRules;

typedef struct Throttle Throttle;

typedef enum { THROTTLE_FAILED, THROTTLE_PASSED, THROTTLE_NEITHER } ThrottleVerdict;

Throttle *throttle_new (const ThrottleRules *rules);
void throttle_free (Throttle *self);

/* Begins a try; FALSE when it is too early, *wait_us says how long. Each that began is ended. [any] */
gboolean throttle_begin (Throttle *self, const char *key, gint64 now_us, gint64 *wait_us);
/* PASSED forgets the failures, NEITHER leaves them. [any] */
void throttle_end (Throttle *self, const char *key, ThrottleVerdict verdict, gint64 now_us);
guint throttle_size (Throttle *self);

#endif
