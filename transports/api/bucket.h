/* bucket.h: a token bucket: at most `rate` a second on average, `burst` at once.
 * Thread: a plain value of its owner. Ownership: none. */
#ifndef API_BUCKET_H
#define API_BUCKET_H

#include <glib.h>

typedef struct {
	double level;     /* what may be taken now */
	gint64 filled_us; /* when level was right; 0: never used, hence full */
} Bucket;

/* Takes `cost` if it is there. [any] */
gboolean bucket_take (Bucket *self, double rate, double burst, double cost, gint64 now_us);
/* Whether nothing would be lost by forgetting it. [any] */
gboolean bucket_is_full (const Bucket *self, double rate, double burst, gint64 now_us);

#endif
