#include "config.h"
#include "tools/load/histogram.h"

#include "tools/load/counters.h"

/* Up to 16 each value has its step; above, each power of two has 16. */
static guint step_of (guint64 value)
{
	if (value < 16)
		return value;
	guint power = 63 - __builtin_clzll (value);
	return MIN ((power - 3) * 16 + ((value >> (power - 4)) & 15), HISTOGRAM_STEPS - 1);
}

/* The middle of a step. */
static double value_of (guint step)
{
	if (step < 16)
		return step;
	guint power = step / 16 + 3;
	double width = (double) (1ull << (power - 4));
	return (double) (1ull << power) + (step % 16) * width + (power > 4 ? width / 2 : 0);
}

void histogram_add (Histogram *self, guint64 value)
{
	COUNT_UP (self->counts[step_of (value)], 1);
}

void histogram_merge (Histogram *self, const Histogram *other)
{
	for (guint i = 0; i < HISTOGRAM_STEPS; i++)
		self->counts[i] += COUNT_READ (other->counts[i]);
}

void histogram_subtract (Histogram *self, const Histogram *earlier)
{
	for (guint i = 0; i < HISTOGRAM_STEPS; i++)
		self->counts[i] -= earlier->counts[i];
}

guint64 histogram_total (const Histogram *self)
{
	guint64 total = 0;
	for (guint i = 0; i < HISTOGRAM_STEPS; i++)
		total += self->counts[i];
	return total;
}

double histogram_percentile (const Histogram *self, double share)
{
	guint64 total = histogram_total (self), seen = 0;
	if (total == 0)
		return 0;
	guint64 wanted = CLAMP ((guint64) (share * total + 0.5), 1, total);
	for (guint i = 0; i < HISTOGRAM_STEPS; i++) {
		seen += self->counts[i];
		if (seen >= wanted)
			return value_of (i);
	}
	return value_of (HISTOGRAM_STEPS - 1);
}
