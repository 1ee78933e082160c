#include "bucket.h"

static double
level_at (const Bucket *self, double rate, double burst, gint64 now_us)
{
	if (self->filled_us == 0)
		return burst;
	return MIN (burst, self->level + rate * MAX (0, now_us - self->filled_us) / G_USEC_PER_SEC);
}

gboolean
bucket_take (Bucket *self, double rate, double burst, double cost, gint64 now_us)
{
	double level = level_at (self, rate, burst, now_us);
	gboolean enough = level >= cost;

	self->level = enough ? level - cost : level;
	self->filled_us = MAX (now_us, 1);
	return enough;
}

gboolean
bucket_is_full (const Bucket *self, double rate, double burst, gint64 now_us)
{
	return level_at (self, rate, burst, now_us) >= burst;
}
