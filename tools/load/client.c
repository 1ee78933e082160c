#include "config.h"
#include "tools/load/client.h"

#include "tools/load/crowd.h"

Client *client_new (Crowd *crowd, guint index, gboolean publishes, gboolean receives)
{
	Client *self = g_new0 (Client, 1);
	*self = (Client) { .id = ++crowd->next_id, .index = index, .crowd = crowd, .publishes = publishes, .receives = receives };
	self->plan = crowd->plan;
	self->plan.seed = (guint32) (crowd->options->seed * 100003 + self->id * 7919);
	self->identity = g_strdup_printf ("load-%08x-%u", crowd->run, (guint) self->id);
	return self;
}

static void close_side (Client *self, Side side)
{
	Connection *c = &self->sides[side];
	if (c->peer && c->running)
		network_remove (self->crowd->network, c->peer);
	else if (c->peer)
		peer_free (c->peer);
	g_clear_pointer (&c->offer, sdp_free);
	*c = (Connection) { 0 };
}

void client_free (Client *self)
{
	client_vanish (self);
	g_free (self->token);
	g_free (self->identity);
	g_free (self->participant);
	g_free (self->ticket);
	g_free (self);
}

void client_vanish (Client *self)
{
	for (int side = 0; side < SIDE_N; side++)
		close_side (self, side);
	if (self->janus) {
		self->crowd->gone_bytes += janus_bytes (self->janus);
		self->crowd->gone_messages += janus_messages (self->janus);
		g_clear_pointer (&self->janus, janus_free);
	}
	self->state = CLIENT_GONE;
}

void client_fail (Client *self, const char *reason)
{
	if (self->state == CLIENT_GONE)
		return;
	crowd_refusal (self->crowd, self->step, reason);
	self->failed = TRUE;
	client_vanish (self);
}

gboolean client_refused (Client *self, const char *error)
{
	if (error)
		client_fail (self, error);
	return error != NULL;
}

void client_attach (Client *self, const char *plugin, JanusAnswer then)
{
	if (client_step (self, "attach"))
		janus_request (self->janus, json_pack ("{s:s s:s}", "janus", "attach", "plugin", plugin), then);
}

gboolean client_takes_handle (Client *self, Side side, json_t *data, const char *error)
{
	if (client_refused (self, error))
		return FALSE;
	self->sides[side].handle = json_integer_value (json_object_get (data, "id"));
	return TRUE;
}

gboolean client_takes_session (Client *self, json_t *data, const char *error)
{
	if (client_refused (self, error))
		return FALSE;
	janus_set_session (self->janus, json_integer_value (json_object_get (data, "id")));
	return TRUE;
}

void client_begin (Client *self, const char *step)
{
	self->begun_us = g_get_monotonic_time ();
	self->earlier_us = self->join_us;
	self->state = CLIENT_BUSY;
	self->step = step;
}

gboolean client_step (Client *self, const char *step)
{
	if (self->state == CLIENT_GONE)
		return FALSE;
	self->step = step;
	if (++self->steps != self->last_step)
		return TRUE;
	client_vanish (self);
	return FALSE;
}

/* ---- signalling ---- */

static void on_opened (gpointer user)
{
	Client *self = user;
	self->crowd->on_opened (self);
}

static void on_event (gpointer user, guint64 handle, json_t *data, gsize bytes)
{
	Client *self = user;
	self->crowd->dialect->event (self, handle, data, bytes);
}

/* The core hung up, or threw the session away: not what we asked for. */
static void on_told (gpointer user, const char *what, guint64 handle G_GNUC_UNUSED)
{
	Client *self = user;
	if (g_str_equal (what, "hangup") || g_str_equal (what, "timeout") || g_str_equal (what, "detached"))
		client_fail (self, what);
}

static void on_closed (gpointer user, const char *reason)
{
	client_fail (user, reason);
}

static const JanusEvents events = { on_opened, on_event, on_told, on_closed };

void client_connect (Client *self, const char *url)
{
	g_autoptr (GError) error = NULL;
	self->janus = janus_open (self->crowd->loop, url, &events, self, &error);
	if (!self->janus)
		client_fail (self, error->message);
}

/* ---- connections ---- */

gboolean client_open_peer (Client *self, Side side, Sdp *ours)
{
	g_autoptr (GError) error = NULL;
	Connection *c = &self->sides[side];
	c->peer = peer_new (self->id * SIDE_N + side, self->crowd->address, &error);
	if (!c->peer) {
		sdp_free (ours);
		client_fail (self, error->message);
		return FALSE;
	}
	peer_describe (c->peer, ours);
	c->offer = ours;
	c->wanted = TRUE;
	return TRUE;
}

void client_run_peer (Client *self, Side side, const char *remote_sdp, gboolean controlling)
{
	g_autoptr (GError) error = NULL;
	Connection *c = &self->sides[side];
	ReceiverPlan receive = { .bandwidth_bps = (guint64) self->crowd->options->bandwidth_bps,
		.loss = self->crowd->options->loss_pct / 100, .seed = self->plan.seed };
	g_autoptr (Sdp) theirs = remote_sdp ? sdp_read (remote_sdp, &error) : NULL;
	if (!theirs || !peer_prepare (c->peer, c->offer, theirs, controlling, side == SIDE_PUBLISH ? &self->plan : NULL,
		side == SIDE_VIEW ? &receive : NULL, &error)) {
		client_fail (self, error ? error->message : "an answer without SDP");
		return;
	}
	g_clear_pointer (&c->offer, sdp_free);
	c->running = TRUE;
	network_take (self->crowd->network, c->peer);
}

void client_look_up (Client *self, gint64 now_us)
{
	gboolean missing = self->publishes && !self->sides[SIDE_PUBLISH].up;
	for (int side = 0; side < SIDE_N; side++)
		missing |= self->sides[side].wanted && !self->sides[side].up;
	if (missing || !self->joined || self->state != CLIENT_BUSY)
		return;
	self->state = CLIENT_UP;
	self->join_us = self->earlier_us + now_us - self->begun_us;
}

void client_news (Client *self, Side side, const PeerNews *news)
{
	if (self->state == CLIENT_GONE)
		return;
	switch (news->kind) {
	case PEER_FAILED:
		client_fail (self, self->sides[side].up ? "the media connection was lost" : "no media connection (ICE or DTLS)");
		break;
	case PEER_CONNECTED:
		self->sides[side].up = TRUE;
		client_look_up (self, news->at_us);
		break;
	case PEER_MEDIA:
		self->media_us = self->earlier_us + news->at_us - self->begun_us;
		break;
	}
}
