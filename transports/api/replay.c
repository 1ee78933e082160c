#include "replay.h"

#include <libwebsockets.h>
#include <string.h>

struct Replay {
	GQueue frames;     /* of Frame, oldest first: freed < seq <= last */
	GList *next;       /* link of the first one not written to the present socket, or NULL */
	guint64 freed, confirmed, last; /* numbers: freed <= confirmed <= highest <= last */
	guint64 sent;      /* on the present socket */
	guint64 highest;   /* ever sent */
	gsize bytes;       /* of confirmed < seq */
};

Frame *frame_new (const char *json, gsize bytes, guint64 seq)
{
	char tail[40] = "}";
	gsize tail_bytes = seq ? (gsize) g_snprintf (tail, sizeof tail, ",\"seq\":%" G_GUINT64_FORMAT "}", seq) : 1;
	Frame *frame;

	g_assert (bytes > 2 && json[bytes - 1] == '}');
	frame = g_malloc (sizeof *frame + LWS_PRE + bytes - 1 + tail_bytes);
	frame->seq = seq;
	frame->bytes = bytes - 1 + tail_bytes;
	frame->text = frame->data + LWS_PRE;
	memcpy (frame->text, json, bytes - 1);
	memcpy (frame->text + bytes - 1, tail, tail_bytes);
	return frame;
}

Replay *replay_new (void)
{
	return g_new0 (Replay, 1);
}

void replay_free (Replay *self)
{
	g_queue_clear_full (&self->frames, g_free);
	g_free (self);
}

guint64 replay_append (Replay *self, const char *json, gsize bytes)
{
	Frame *frame = frame_new (json, bytes, ++self->last);

	g_queue_push_tail (&self->frames, frame);
	if (self->next == NULL)
		self->next = self->frames.tail;
	self->bytes += frame->bytes;
	return frame->seq;
}

Frame *replay_next (Replay *self)
{
	Frame *frame = self->next ? self->next->data : NULL;

	if (frame) {
		self->sent = frame->seq;
		self->highest = MAX (self->highest, frame->seq);
		self->next = self->next->next;
	}
	return frame;
}

gboolean replay_has_next (const Replay *self)
{
	return self->next != NULL;
}

static void free_up_to (Replay *self, guint64 seq)
{
	while (self->frames.head && ((Frame *) self->frames.head->data)->seq <= seq) {
		if (self->next == self->frames.head)
			self->next = self->next->next;
		g_free (g_queue_pop_head (&self->frames));
	}
	self->freed = MAX (self->freed, seq);
}

void replay_confirm (Replay *self, guint64 seq)
{
	seq = MIN (seq, self->highest);
	if (seq <= self->confirmed)
		return;
	free_up_to (self, self->confirmed);
	for (GList *each = self->frames.head; each && ((Frame *) each->data)->seq <= seq; each = each->next)
		self->bytes -= ((Frame *) each->data)->bytes;
	self->confirmed = seq;
}

static void go_on_after (Replay *self, guint64 seq)
{
	self->next = self->frames.head;
	while (self->next && ((Frame *) self->next->data)->seq <= seq)
		self->next = self->next->next;
	self->sent = seq;
}

gboolean replay_rewind (Replay *self, guint64 last_seq)
{
	if (last_seq < self->freed || last_seq > self->highest)
		return FALSE;
	replay_confirm (self, last_seq);
	go_on_after (self, last_seq);
	return TRUE;
}

void replay_rewind_all (Replay *self)
{
	go_on_after (self, self->confirmed);
}

void replay_clear (Replay *self)
{
	g_queue_clear_full (&self->frames, g_free);
	self->next = NULL;
	self->bytes = 0;
	self->freed = self->confirmed = self->highest = self->last;
}

guint64 replay_last (const Replay *self)
{
	return self->last;
}

guint64 replay_sent (const Replay *self)
{
	return self->sent;
}

gsize replay_bytes (const Replay *self)
{
	return self->bytes;
}
