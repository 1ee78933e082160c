/* histogram.h: how often which value was seen, in steps of 1/16 of a power of two, for percentiles without a list.
 * Thread: one writes; others may read at any time (each count is an atomic of its own). Ownership: a plain value. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <glib.h>

#define HISTOGRAM_STEPS 480 /* values up to 2^32: as microseconds over an hour */

typedef struct {
	guint64 counts[HISTOGRAM_STEPS];
} Histogram;

void histogram_add (Histogram *self, guint64 value);
/* Adds what `other` counted. */
void histogram_merge (Histogram *self, const Histogram *other);
/* Takes away what `earlier`, an older copy of the same, had counted. */
void histogram_subtract (Histogram *self, const Histogram *earlier);
guint64 histogram_total (const Histogram *self);
/* The value below or at which this share (0..1) of all lies, at most 1/16 off; 0 when empty. */
double histogram_percentile (const Histogram *self, double share);

#endif
