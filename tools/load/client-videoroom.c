/* How a participant speaks with Janus' stock VideoRoom: one handle publishes, one subscribes to all it wants to receive. */
#include "config.h"
#include "tools/load/client.h"

#include "tools/load/crowd.h"

#define PLUGIN "janus.plugin.videoroom"

static json_int_t room_of (const Client *self)
{
	return (json_int_t) g_ascii_strtoull (self->crowd->room ? self->crowd->room : "0", NULL, 10);
}

/* A number that no other run is likely to have; the first participant makes it. */
static void prepare (Crowd *crowd)
{
	g_autofree char *room = crowd->options->room ? g_strdup (crowd->options->room) : g_strdup_printf ("%u", 1000 + crowd->run % 1000000000);
	crowd_ready (crowd, room);
}

/* ---- publishing ---- */

static void on_published (gpointer user, json_t *data, const char *sdp, const char *error)
{
	Client *self = user;
	if (client_refused (self, error) || !client_step (self, "connect to send"))
		return;
	self->feed = json_integer_value (json_object_get (data, "id"));
	self->joined = TRUE;
	client_run_peer (self, SIDE_PUBLISH, sdp, TRUE);
}

static void publish (Client *self)
{
	Sdp *offer = sdp_new ();
	sdp_add (offer, "0", FALSE, SDP_SENDONLY)->ssrc = 16 + g_random_int () % 0x7fffffe0u;
	if (self->plan.video) {
		SdpSection *camera = sdp_add (offer, "1", TRUE, SDP_SENDONLY);
		camera->ssrc = 16 + g_random_int () % 0x7fffffe0u;
		for (guint i = 0; i < self->plan.n_layers && *self->plan.layers[i].rid; i++)
			g_strlcpy (camera->rids[camera->n_rids++], self->plan.layers[i].rid, SDP_RID_BYTES);
	}
	/* As our own transport has it: Janus waits for the handshake, and its first choice of cipher wins. */
	g_strlcpy (offer->setup, "active", sizeof offer->setup);
	if (!client_step (self, "publish")) {
		sdp_free (offer);
		return;
	}
	if (!client_open_peer (self, SIDE_PUBLISH, offer))
		return;
	g_autofree char *sdp = sdp_write (offer);
	janus_message (self->janus, self->sides[SIDE_PUBLISH].handle, json_pack ("{s:s s:s s:I s:s}", "request", "joinandconfigure",
		"ptype", "publisher", "room", room_of (self), "display", self->identity), "offer", sdp, on_published);
}

/* "427 exists already" is fine. */
static void on_room (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (error && !g_str_has_prefix (error, "427 "))
		client_fail (self, error);
	else
		publish (self);
}

static void on_publish_attached (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_handle (self, SIDE_PUBLISH, data, error))
		return;
	if (self->id != 1 || self->crowd->options->room) {
		publish (self);
		return;
	}
	if (client_step (self, "create room"))
		janus_message (self->janus, self->sides[SIDE_PUBLISH].handle, json_pack ("{s:s s:I s:i s:s s:s s:b s:i}", "request", "create",
			"room", room_of (self), "publishers", 5000, "audiocodec", "opus", "videocodec", "vp8", "audiolevel_ext", 1,
			"bitrate", 0), NULL, NULL, on_room);
}

/* ---- subscribing ---- */

static void on_started (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp G_GNUC_UNUSED, const char *error)
{
	client_refused (user, error);
}

static void on_offer (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp, const char *error)
{
	Client *self = user;
	g_autoptr (GError) wrong = NULL;
	if (client_refused (self, error))
		return;
	g_autoptr (Sdp) offer = sdp ? sdp_read (sdp, &wrong) : NULL;
	if (!offer) {
		client_fail (self, wrong ? wrong->message : "an answer without SDP");
		return;
	}
	Sdp *answer = sdp_answer_to (offer);
	if (!client_step (self, "connect to receive")) {
		sdp_free (answer);
		return;
	}
	if (!client_open_peer (self, SIDE_VIEW, answer))
		return;
	g_autofree char *text = sdp_write (answer);
	janus_message (self->janus, self->sides[SIDE_VIEW].handle, json_pack ("{s:s}", "request", "start"), "answer", text, on_started);
	client_run_peer (self, SIDE_VIEW, sdp, FALSE);
}

/* All streams of all others; with --videoroom-tiles videos of the next ones in the circle only. */
static json_t *wanted_streams (Client *self)
{
	const LoadOptions *o = self->crowd->options;
	json_t *streams = json_array ();
	guint videos = 0, most = o->no_video ? 0 : o->videoroom_tiles ? (guint) o->videoroom_tiles : G_MAXUINT;
	for (guint n = 1; n <= self->crowd->clients->len; n++) {
		const Client *other = crowd_publisher (self->crowd, self->index + n);
		if (!other || other == self || (n > 1 && other == crowd_publisher (self->crowd, self->index + 1)))
			break;
		json_array_append_new (streams, json_pack ("{s:I s:s}", "feed", (json_int_t) other->feed, "mid", "0"));
		if (videos++ < most)
			json_array_append_new (streams, json_pack ("{s:I s:s s:i}", "feed", (json_int_t) other->feed, "mid", "1", "substream",
				o->videoroom_substream));
	}
	return streams;
}

static void on_view_attached (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_handle (self, SIDE_VIEW, data, error))
		return;
	self->joined = TRUE;
	if (client_step (self, "subscribe"))
		janus_message (self->janus, self->sides[SIDE_VIEW].handle, json_pack ("{s:s s:s s:I s:o}", "request", "join",
			"ptype", "subscriber", "room", room_of (self), "streams", wanted_streams (self)), NULL, NULL, on_offer);
}

static void receive (Client *self)
{
	if (!self->receives || self->sides[SIDE_VIEW].wanted || self->state == CLIENT_GONE)
		return;
	if (self->state == CLIENT_UP)
		client_begin (self, "subscribe");
	self->sides[SIDE_VIEW].wanted = TRUE;
	client_attach (self, PLUGIN, on_view_attached);
}

/* ---- joining ---- */

static void on_created (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_session (self, data, error))
		return;
	if (self->publishes)
		client_attach (self, PLUGIN, on_publish_attached);
	else
		receive (self);
}

static void on_opened (Client *self)
{
	if (client_step (self, "create"))
		janus_request (self->janus, json_pack ("{s:s}", "janus", "create"), on_created);
}

static void start (Client *self)
{
	self->crowd->on_opened = on_opened;
	if (client_step (self, "connect"))
		client_connect (self, self->crowd->options->videoroom);
}

static void leave (Client *self)
{
	janus_request (self->janus, json_pack ("{s:s}", "janus", "destroy"), NULL);
}

static void event (Client *self G_GNUC_UNUSED, guint64 handle G_GNUC_UNUSED, json_t *data G_GNUC_UNUSED, gsize bytes G_GNUC_UNUSED)
{
}

const Dialect dialect_videoroom = { "videoroom", TRUE, prepare, start, receive, leave, event };
