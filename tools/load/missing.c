#include "config.h"
#include "tools/load/missing.h"

#include <string.h>

#define FAR 3000 /* a jump that is no loss but another stream */

static void remove_at (Missing *self, guint i)
{
	self->n--;
	memmove (&self->list[i], &self->list[i + 1], (self->n - i) * sizeof self->list[0]);
}

static void add (Missing *self, guint16 seq)
{
	if (self->n == MISSING_MAX)
		remove_at (self, 0);
	self->list[self->n].seq = seq;
	self->list[self->n].asked = 0;
	self->list[self->n].asked_us = 0;
	self->n++;
}

static MissingVerdict take_old (Missing *self, guint16 seq)
{
	for (guint i = 0; i < self->n; i++)
		if (self->list[i].seq == seq) {
			remove_at (self, i);
			return MISSING_RECOVERED;
		}
	return MISSING_LATE;
}

MissingVerdict missing_take (Missing *self, guint16 seq, guint *passed_over)
{
	guint16 step = seq - self->newest;
	*passed_over = 0;
	if (!self->started || (step > FAR && step < 65536 - FAR)) {
		self->started = TRUE;
		self->newest = seq;
		self->n = 0;
		return MISSING_IN_ORDER;
	}
	if (step == 0 || step >= 0x8000)
		return take_old (self, seq);
	for (guint16 lost = self->newest + 1; lost != seq; lost++)
		add (self, lost);
	*passed_over = step - 1;
	self->cycles += seq < self->newest;
	self->newest = seq;
	return MISSING_IN_ORDER;
}

guint missing_due (Missing *self, gint64 now_us, guint16 *seqs, guint max, gboolean *given_up)
{
	guint due = 0;
	*given_up = FALSE;
	for (guint i = 0; i < self->n && due < max;) {
		if (self->list[i].asked == 0 || now_us - self->list[i].asked_us >= MISSING_REPEAT_US) {
			if (self->list[i].asked == MISSING_MAX_ASKED) {
				*given_up = TRUE;
				remove_at (self, i);
				continue;
			}
			self->list[i].asked++;
			self->list[i].asked_us = now_us;
			seqs[due++] = self->list[i].seq;
		}
		i++;
	}
	return due;
}

guint32 missing_highest (const Missing *self)
{
	return self->cycles << 16 | self->newest;
}
