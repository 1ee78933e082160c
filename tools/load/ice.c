#include "config.h"
#include "tools/load/ice.h"

#include <stdio.h>
#include <string.h>

#define PRIORITY 1853824767 /* of a peer-reflexive candidate */

static void random_text (char *out, gsize length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	for (gsize i = 0; i < length; i++)
		out[i] = letters[g_random_int_range (0, sizeof letters - 1)];
	out[length] = '\0';
}

void ice_init (Ice *self)
{
	*self = (Ice) { .tie_breaker = (guint64) g_random_int () << 32 | g_random_int () };
	random_text (self->ufrag, sizeof self->ufrag - 1);
	random_text (self->password, sizeof self->password - 1);
}

void ice_set_remote (Ice *self, const Sdp *remote, gboolean controlling)
{
	g_strlcpy (self->remote_ufrag, remote->ufrag, sizeof self->remote_ufrag);
	g_strlcpy (self->remote_password, remote->password, sizeof self->remote_password);
	self->controlling = controlling;
	self->n_candidates = remote->n_candidates;
	memcpy (self->candidates, remote->candidates, sizeof self->candidates);
}

gsize ice_check (Ice *self, gint64 now_us, guint8 out[STUN_MAX_BYTES], struct sockaddr_in *to)
{
	if (now_us < self->next_check_us || (!self->selected && self->n_candidates == 0))
		return 0;
	StunMessage check = { .type = STUN_REQUEST, .priority = PRIORITY, .controlling = self->controlling,
		.controlled = !self->controlling, .tie_breaker = self->tie_breaker, .use_candidate = self->controlling };
	for (guint i = 0; i < STUN_ID_BYTES; i += 4)
		memcpy (check.id + i, &(guint32) { g_random_int () }, 4);
	g_snprintf (check.username, sizeof check.username, "%.63s:%s", self->remote_ufrag, self->ufrag);
	memcpy (self->check_id, check.id, STUN_ID_BYTES);
	if (self->selected) {
		*to = self->remote;
		self->next_check_us = now_us + ICE_KEEP_ALIVE_US;
	} else {
		*to = self->candidates[self->next_candidate++ % self->n_candidates];
		self->next_check_us = now_us + ICE_CHECK_US / self->n_candidates;
	}
	return stun_write (out, &check, self->remote_password);
}

static gsize answer_check (Ice *self, const StunMessage *check, const struct sockaddr_in *from, guint8 out[STUN_MAX_BYTES])
{
	StunMessage answer = { .type = STUN_SUCCESS, .mapped = *from };
	memcpy (answer.id, check->id, STUN_ID_BYTES);
	return stun_write (out, &answer, self->password);
}

gsize ice_take (Ice *self, const guint8 *data, gsize bytes, const struct sockaddr_in *from, guint8 out[STUN_MAX_BYTES])
{
	StunMessage message;
	if (!stun_read (data, bytes, &message))
		return 0;
	if (message.type == STUN_REQUEST)
		return stun_check (data, bytes, &message, self->password) ? answer_check (self, &message, from, out) : 0;
	if (message.type == STUN_SUCCESS && !self->selected && memcmp (message.id, self->check_id, STUN_ID_BYTES) == 0
		&& stun_check (data, bytes, &message, self->remote_password)) {
		self->selected = TRUE;
		self->remote = *from;
	}
	/* 487: both thought they were in charge. */
	if (message.type == STUN_ERROR && message.error_code == 487 && memcmp (message.id, self->check_id, STUN_ID_BYTES) == 0)
		self->controlling = !self->controlling;
	return 0;
}
