/* How a participant speaks with Curia: docs/protocol.md. */
#include "config.h"
#include "tools/load/client.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "curia-clock.h"
#include "tools/load/crowd.h"

#define PLUGIN "janus.plugin.curia.room"
#define AUDIO_SLOTS 3
#define TOKEN_S 86400
#define HTTP_UNPROCESSABLE 422

/* ---- the meeting ---- */

static char *mint (const Crowd *crowd, const char *identity, const char *name, const char *room, gboolean publishes)
{
	g_autoptr (CuriaClaims) claims = curia_claims_new ();
	claims->identity = g_strdup (identity);
	claims->name = g_strdup (name);
	claims->room = g_strdup (room);
	claims->room_join = room != NULL;
	claims->room_create = room == NULL;
	claims->can_publish = publishes;
	return curia_token_mint (crowd->keys, claims, curia_clock_wall_ms () / 1000, TOKEN_S, NULL);
}

static void on_meeting (gpointer user, guint64 id, long status, json_t *body, const char *error);

/* As large as the run, with those whose seat is kept for a while after they vanished; 0: as large as the server has it. */
static void make_meeting (Crowd *crowd, guint size)
{
	g_autofree char *token = crowd->keys ? mint (crowd, "curia-load", "curia-load", NULL, FALSE) : NULL;
	json_t *body = json_pack ("{s:s}", "title", "curia-load");
	if (size)
		json_object_set_new (body, "max_participants", json_integer (size));
	rest_request (crowd->rest, "/api/v1/meetings", token, body, on_meeting, crowd, size);
}

static void on_meeting (gpointer user, guint64 id, long status, json_t *body, const char *error)
{
	Crowd *crowd = user;
	const char *code = json_string_value (json_object_get (body, "code"));
	if (status == HTTP_UNPROCESSABLE && id) {
		make_meeting (crowd, 0);
		return;
	}
	if (error || !code) {
		g_autofree char *reason = g_strdup_printf ("no meeting: %s", error ? error : "an answer without a code");
		crowd_give_up (crowd, reason);
		return;
	}
	crowd_ready (crowd, code);
}

static void prepare (Crowd *crowd)
{
	const LoadOptions *o = crowd->options;
	if (!o->room) {
		make_meeting (crowd, CLAMP (MAX (o->participants, o->publishers + o->viewers) + crowd->spare_seats, 1, 1000));
		return;
	}
	g_autofree char *path = g_strdup_printf ("/api/v1/meetings/%s", o->room);
	rest_request (crowd->rest, path, NULL, NULL, on_meeting, crowd, 0);
}

/* ---- sending ---- */

/* What the server asks of a camera replaces our defaults; --video-bitrate scales it. */
static void read_plan (Client *self, json_t *media)
{
	const LoadOptions *o = self->crowd->options;
	json_t *camera = json_object_get (json_object_get (media, "publish"), "camera");
	json_t *layers = json_object_get (camera, "layers"), *layer;
	double total = 0, wanted = o->video_bitrate_bps;
	size_t i;
	if (o->no_simulcast || !json_array_size (layers)) {
		json_int_t most = json_integer_value (json_object_get (media, "video_bitrate_bps"));
		self->plan.n_layers = 1;
		self->plan.layers[0] = (SenderLayer) { "", 1, wanted ? wanted : most ? most : 1500000 };
	} else {
		self->plan.n_layers = 0;
		json_array_foreach (layers, i, layer) {
			if (self->plan.n_layers == SENDER_MAX_LAYERS)
				break;
			SenderLayer *row = &self->plan.layers[self->plan.n_layers++];
			*row = (SenderLayer) { .scale = MAX (1, json_number_value (json_object_get (layer, "scale"))),
				.bitrate_bps = json_integer_value (json_object_get (layer, "max_bitrate_bps")) };
			g_strlcpy (row->rid, json_string_value (json_object_get (layer, "rid")) ? json_string_value (json_object_get (layer, "rid"))
				: "", sizeof row->rid);
			total += row->bitrate_bps;
		}
		for (guint n = 0; wanted > 0 && total > 0 && n < self->plan.n_layers; n++)
			self->plan.layers[n].bitrate_bps *= wanted / total;
	}
	int temporal = json_integer_value (json_object_get (camera, "temporal_layers"));
	self->plan.temporal_layers = temporal ? CLAMP (temporal, 1, 3) : 1;
}

static void on_published (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp, const char *error)
{
	Client *self = user;
	if (!client_refused (self, error) && client_step (self, "connect to send"))
		client_run_peer (self, SIDE_PUBLISH, sdp, TRUE);
}

static void publish (Client *self)
{
	Sdp *offer = sdp_new ();
	json_t *tracks = json_pack ("[{s:s s:s}]", "mid", "0", "source", "microphone");
	sdp_add (offer, "0", FALSE, SDP_SENDONLY)->ssrc = 16 + g_random_int () % 0x7fffffe0u;
	if (self->plan.video) {
		SdpSection *camera = sdp_add (offer, "1", TRUE, SDP_SENDONLY);
		camera->ssrc = 16 + g_random_int () % 0x7fffffe0u;
		for (guint i = 0; i < self->plan.n_layers && *self->plan.layers[i].rid; i++)
			g_strlcpy (camera->rids[camera->n_rids++], self->plan.layers[i].rid, SDP_RID_BYTES);
		json_array_append_new (tracks, json_pack ("{s:s s:s}", "mid", "1", "source", "camera"));
	}
	if (!client_open_peer (self, SIDE_PUBLISH, offer)) {
		json_decref (tracks);
		return;
	}
	g_autofree char *sdp = sdp_write (offer);
	janus_message (self->janus, self->sides[SIDE_PUBLISH].handle, json_pack ("{s:s s:o}", "request", "publish", "tracks", tracks),
		"offer", sdp, on_published);
}

/* {"room":"layers","tracks":[{"source":"camera","wanted":["m","l"]}]} */
static void take_layers (Client *self, json_t *data)
{
	json_t *track, *rid;
	size_t i, n;
	json_array_foreach (json_object_get (data, "tracks"), i, track) {
		const char *source = json_string_value (json_object_get (track, "source"));
		guint bits = 0;
		if (!source || !g_str_equal (source, "camera") || !self->sides[SIDE_PUBLISH].running)
			continue;
		json_array_foreach (json_object_get (track, "wanted"), n, rid)
			for (guint layer = 0; layer < self->plan.n_layers; layer++)
				if (json_is_string (rid) && (g_str_equal (json_string_value (rid), self->plan.layers[layer].rid)
					|| (!*self->plan.layers[layer].rid && g_str_equal (json_string_value (rid), "f"))))
					bits |= 1u << layer;
		peer_set_layers (self->sides[SIDE_PUBLISH].peer, bits);
	}
}

/* ---- receiving ---- */

static guint tiles_of (const Client *self)
{
	return self->crowd->options->no_video ? 0 : self->crowd->options->tiles;
}

static int tile_height (const Client *self)
{
	const LoadOptions *o = self->crowd->options;
	return o->tile_height ? o->tile_height : (int) (1080 / ceil (sqrt (MAX (1, o->tiles))));
}

static void on_viewing (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp G_GNUC_UNUSED, const char *error)
{
	client_refused (user, error);
}

/* Wishes for all tiles: the height, and who: whoever the server thinks best, or the next ones in the circle. */
static void wish (Client *self, gboolean named)
{
	json_t *slots = json_array ();
	guint filled = 0;
	for (guint i = 0; i < tiles_of (self); i++) {
		char mid[8];
		const Client *other = named ? crowd_publisher (self->crowd, self->index + 1 + i) : NULL;
		json_t *want = other == self || filled + 1 >= self->crowd->clients->len ? json_string ("none") : json_string ("auto");
		if (named && other && other != self && filled + 1 < self->crowd->clients->len) {
			json_decref (want);
			want = json_pack ("{s:s s:s}", "participant", other->participant, "source", "camera");
			filled++;
		}
		g_snprintf (mid, sizeof mid, "%u", AUDIO_SLOTS + i);
		json_array_append_new (slots, json_pack ("{s:s s:o s:i}", "mid", mid, "want", want, "height", tile_height (self)));
	}
	janus_message (self->janus, self->sides[SIDE_VIEW].handle, json_pack ("{s:s s:o}", "request", "view", "slots", slots), NULL, NULL,
		on_viewing);
}

static void on_subscribed (gpointer user, json_t *data G_GNUC_UNUSED, const char *sdp, const char *error)
{
	Client *self = user;
	if (client_refused (self, error) || !client_step (self, "connect to receive"))
		return;
	client_run_peer (self, SIDE_VIEW, sdp, TRUE);
	if (tiles_of (self) && self->state != CLIENT_GONE)
		wish (self, FALSE);
}

static void subscribe (Client *self)
{
	Sdp *offer = sdp_new ();
	for (guint i = 0; i < AUDIO_SLOTS + tiles_of (self); i++) {
		char mid[8];
		g_snprintf (mid, sizeof mid, "%u", i);
		sdp_add (offer, mid, i >= AUDIO_SLOTS, SDP_RECVONLY);
	}
	if (!client_open_peer (self, SIDE_VIEW, offer))
		return;
	g_autofree char *sdp = sdp_write (offer);
	janus_message (self->janus, self->sides[SIDE_VIEW].handle, json_pack ("{s:s s:s}", "request", "subscribe", "ticket", self->ticket),
		"offer", sdp, on_subscribed);
}

static void receive (Client *self)
{
	if (self->receives && self->publishes && tiles_of (self) && self->sides[SIDE_VIEW].up)
		wish (self, TRUE);
}

/* ---- joining ---- */

static void on_joined (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	json_t *you = json_object_get (data, "you");
	if (client_refused (self, error))
		return;
	self->participant = g_strdup (json_string_value (json_object_get (you, "participant")));
	self->ticket = g_strdup (json_string_value (json_object_get (you, "ticket")));
	self->joined = TRUE;
	if (!self->participant || !self->ticket) {
		client_fail (self, "the answer lacks participant or ticket");
		return;
	}
	if (!client_step (self, self->publishes ? "publish" : "subscribe"))
		return;
	if (self->publishes) {
		read_plan (self, json_object_get (data, "media"));
		publish (self);
	}
	if (self->receives && self->state != CLIENT_GONE)
		subscribe (self);
}

static void join (Client *self)
{
	if (client_step (self, "join"))
		janus_message (self->janus, self->sides[SIDE_PUBLISH].handle, json_pack ("{s:s s:s}", "request", "join", "token", self->token),
			NULL, NULL, on_joined);
}

static void on_view_attached (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_handle (self, SIDE_VIEW, data, error))
		return;
	join (self);
}

static void on_attached (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_handle (self, SIDE_PUBLISH, data, error))
		return;
	if (self->receives)
		client_attach (self, PLUGIN, on_view_attached);
	else
		join (self);
}

static void on_created (gpointer user, json_t *data, const char *sdp G_GNUC_UNUSED, const char *error)
{
	Client *self = user;
	if (!client_takes_session (self, data, error))
		return;
	client_attach (self, PLUGIN, on_attached);
}

static void on_opened (Client *self)
{
	if (client_step (self, "create"))
		janus_request (self->janus, json_pack ("{s:s}", "janus", "create"), on_created);
}

static void open_socket (Client *self)
{
	if (!client_step (self, "connect"))
		return;
	g_autofree char *escaped = g_uri_escape_string (self->token, NULL, FALSE);
	g_autofree char *url = g_strdup_printf ("ws%s/janus?access_token=%s", self->crowd->options->url + strlen ("http"), escaped);
	self->crowd->on_opened = on_opened;
	client_connect (self, url);
}

static void on_token (gpointer user, guint64 id, long status G_GNUC_UNUSED, json_t *body, const char *error)
{
	Crowd *crowd = user;
	Client *self = g_hash_table_lookup (crowd->by_id, &id);
	if (!self || self->state == CLIENT_GONE || client_refused (self, error))
		return;
	self->token = g_strdup (json_string_value (json_object_get (body, "token")));
	if (self->token)
		open_socket (self);
	else
		client_fail (self, "the answer lacks a token");
}

static void start (Client *self)
{
	Crowd *crowd = self->crowd;
	g_autofree char *name = g_strdup_printf ("Load %u", (guint) self->id);
	if (crowd->keys) {
		self->token = mint (crowd, self->identity, name, crowd->room, self->publishes);
		open_socket (self);
		return;
	}
	g_autofree char *path = g_strdup_printf ("/api/v1/meetings/%s/join", crowd->room);
	if (client_step (self, "join over REST"))
		rest_request (crowd->rest, path, NULL, json_pack ("{s:s s:s}", "name", name, "identity", self->identity), on_token, crowd, self->id);
}

static void leave (Client *self)
{
	if (self->joined)
		janus_message (self->janus, self->sides[SIDE_PUBLISH].handle, json_pack ("{s:s}", "request", "leave"), NULL, NULL, NULL);
}

static void event (Client *self, guint64 handle G_GNUC_UNUSED, json_t *data, gsize bytes)
{
	const char *room = json_string_value (json_object_get (data, "room"));
	if (!room)
		return;
	if (g_str_equal (room, "roster"))
		self->roster_bytes += bytes;
	else if (g_str_equal (room, "layers"))
		take_layers (self, data);
	else if (g_str_equal (room, "ended"))
		client_fail (self, "the meeting ended");
}

const Dialect dialect_curia = { "curia", FALSE, prepare, start, receive, leave, event };
