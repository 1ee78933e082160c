#include "config.h"
#include "tools/load/crowd.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "curia-error.h"
#include "tools/load/dtls.h"

#define JOIN_TIMEOUT_US (20 * G_USEC_PER_SEC)
#define SPEAKER_US (4 * G_USEC_PER_SEC)
#define KEEP_ALIVE_US (20 * G_USEC_PER_SEC)
#define MAX_REFUSALS 200
#define MAX_TIMES 200000

static void on_tick (gpointer user)
{
	crowd_tick (user, g_get_monotonic_time ());
}

static void wake (gpointer user)
{
	const Crowd *self = user;
	loop_wake (self->loop);
}

/* The local address that packets to the server leave from. */
static gboolean find_address (Crowd *self, GError **error)
{
	const LoadOptions *o = self->options;
	struct sockaddr_in local;
	socklen_t length = sizeof local;
	struct addrinfo *found = NULL, hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
	g_autoptr (GUri) uri = g_uri_parse (o->videoroom ? o->videoroom : o->url, G_URI_FLAGS_ENCODED, error);
	if (!uri)
		return FALSE;
	if (!g_str_equal (o->address, "auto"))
		return g_strlcpy (self->address, o->address, sizeof self->address) < sizeof self->address;
	if (getaddrinfo (g_uri_get_host (uri), "9", &hints, &found) != 0)
		return curia_throw (error, CURIA_ERROR_UNAVAILABLE, "%s has no IPv4 address", g_uri_get_host (uri));
	int fd = socket (AF_INET, SOCK_DGRAM, 0);
	gboolean ok = connect (fd, found->ai_addr, found->ai_addrlen) == 0 && getsockname (fd, (struct sockaddr *) &local, &length) == 0
		&& inet_ntop (AF_INET, &local.sin_addr, self->address, sizeof self->address);
	close (fd);
	freeaddrinfo (found);
	return ok || curia_throw (error, CURIA_ERROR_UNAVAILABLE, "no way to %s: name the local address with --address", g_uri_get_host (uri));
}

static gboolean take_keys (Crowd *self, GError **error)
{
	if (!self->options->api_key)
		return TRUE;
	self->keys = curia_keyring_new ();
	return curia_keyring_add (self->keys, self->options->api_key, self->options->api_secret, error);
}

/* Until the server says otherwise: its defaults. */
static void plan_defaults (Crowd *self)
{
	static const SenderLayer layers[] = { { "h", 1, 1100000 }, { "m", 2, 320000 }, { "l", 4, 80000 } };
	const LoadOptions *o = self->options;
	self->plan = (SenderPlan) { .audio = TRUE, .video = !o->no_video, .no_dtx = o->no_dtx, .width = 1280, .height = 720, .n_layers = 3, .temporal_layers = 3,
		.pacing_us = o->pacing_ms * 1000 };
	memcpy (self->plan.layers, layers, sizeof layers);
	double factor = o->video_bitrate_bps ? o->video_bitrate_bps / 1500000 : 1;
	for (guint i = 0; i < 3; i++)
		self->plan.layers[i].bitrate_bps *= factor;
	if (o->no_simulcast) {
		self->plan.n_layers = 1;
		self->plan.layers[0] = (SenderLayer) { "", 1, o->video_bitrate_bps ? o->video_bitrate_bps : 1500000 };
	}
}

Crowd *crowd_new (const LoadOptions *options, GError **error)
{
	Crowd *self = g_new0 (Crowd, 1);
	guint threads = options->threads ? (guint) options->threads : MAX (1, g_get_num_processors () / 2);
	*self = (Crowd) { .options = options, .run = g_random_int (), .dialect = options->videoroom ? &dialect_videoroom : &dialect_curia };
	self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) client_free);
	self->join_times = g_array_new (FALSE, FALSE, sizeof (gint64));
	self->media_times = g_array_new (FALSE, FALSE, sizeof (gint64));
	self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
	self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
	plan_defaults (self);
	if (!find_address (self, error) || !take_keys (self, error) || !dtls_init (error)
		|| !(self->loop = loop_new (options->insecure, on_tick, self, error))) {
		crowd_free (self);
		return NULL;
	}
	self->network = network_new (threads, options->tick_us, wake, self);
	self->rest = rest_new (options->url, options->insecure, wake, self);
	return self;
}

void crowd_free (Crowd *self)
{
	g_clear_pointer (&self->rest, rest_free);
	g_clear_pointer (&self->clients, g_ptr_array_unref);
	g_clear_pointer (&self->network, network_free);
	g_clear_pointer (&self->loop, loop_free);
	g_clear_pointer (&self->keys, curia_keyring_free);
	g_hash_table_unref (self->by_id);
	g_hash_table_unref (self->refusals);
	g_array_unref (self->join_times);
	g_array_unref (self->media_times);
	g_free (self->room);
	g_free (self->failure);
	dtls_shutdown ();
	g_free (self);
}

/* ---- what became of them ---- */

void crowd_ready (Crowd *self, const char *room)
{
	g_free (self->room);
	self->room = g_strdup (room);
	self->ready = TRUE;
}

void crowd_give_up (Crowd *self, const char *reason)
{
	if (!self->failure)
		self->failure = g_strdup (reason);
}

void crowd_refusal (Crowd *self, const char *step, const char *reason)
{
	g_autofree char *text = g_strdup_printf ("%s: %s", step ? step : "start", reason);
	self->failed++;
	guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->refusals, text));
	if (count || g_hash_table_size (self->refusals) < MAX_REFUSALS)
		g_hash_table_replace (self->refusals, g_steal_pointer (&text), GUINT_TO_POINTER (count + 1));
}

guint crowd_count (const Crowd *self, ClientState state)
{
	guint n = 0;
	for (guint i = 0; i < self->clients->len; i++)
		n += ((Client *) g_ptr_array_index (self->clients, i))->state == state;
	return n;
}

/* ---- coming and going ---- */

Client *crowd_add (Crowd *self, guint index, gboolean publishes, gboolean receives)
{
	Client *client = client_new (self, index, publishes, receives);
	g_ptr_array_add (self->clients, client);
	g_hash_table_insert (self->by_id, &client->id, client);
	self->began++;
	client_begin (client, "start");
	self->dialect->start (client);
	return client;
}

static void keep_time (GArray *times, gint64 time_us)
{
	if (time_us > 0 && times->len < MAX_TIMES)
		g_array_append_val (times, time_us);
}

void crowd_forget_gone (Crowd *self)
{
	for (guint i = self->clients->len; i-- > 0;) {
		Client *client = g_ptr_array_index (self->clients, i);
		if (client->state != CLIENT_GONE)
			continue;
		keep_time (self->join_times, client->join_us);
		keep_time (self->media_times, client->media_us);
		g_hash_table_remove (self->by_id, &client->id);
		g_ptr_array_remove_index_fast (self->clients, i);
	}
}

Client *crowd_publisher (const Crowd *self, guint n)
{
	guint up = 0;
	for (guint round = 0; round < 2; round++) {
		for (guint i = 0; i < self->clients->len; i++) {
			Client *client = g_ptr_array_index (self->clients, i);
			if (!client->publishes || client->state == CLIENT_GONE || !client->sides[SIDE_PUBLISH].up)
				continue;
			if (round == 1 && up-- == 0)
				return client;
			up += round == 0;
		}
		if (up == 0)
			return NULL;
		up = n % up;
	}
	return NULL;
}

void crowd_leave (Crowd *self)
{
	for (guint i = 0; i < self->clients->len; i++) {
		Client *client = g_ptr_array_index (self->clients, i);
		if (client->state != CLIENT_GONE && client->janus)
			self->dialect->leave (client);
	}
}

/* ---- time ---- */

static void take_news (Crowd *self)
{
	PeerNews news;
	while (network_next_news (self->network, &news)) {
		guint64 id = news.peer_id / SIDE_N;
		Client *client = g_hash_table_lookup (self->by_id, &id);
		if (client)
			client_news (client, news.peer_id % SIDE_N, &news);
	}
}

/* Whether those who had the floor still have it: in a storm they vanish. */
static gboolean floor_is_taken (const Crowd *self)
{
	int speaking = 0, publishers = 0;
	for (guint i = 0; i < self->clients->len; i++) {
		const Client *client = g_ptr_array_index (self->clients, i);
		publishers += client->sides[SIDE_PUBLISH].running;
		speaking += client->sides[SIDE_PUBLISH].running && client->speaks;
	}
	return speaking >= MIN (self->options->speakers, publishers);
}

/* The floor goes round: each turn others speak. */
static void change_speakers (Crowd *self, gint64 now_us)
{
	if (now_us < self->speakers_us && floor_is_taken (self))
		return;
	self->speakers_us = now_us + SPEAKER_US;
	self->speakers_turn += self->options->speakers;
	guint publishers = 0, n = 0;
	for (guint i = 0; i < self->clients->len; i++)
		publishers += ((Client *) g_ptr_array_index (self->clients, i))->sides[SIDE_PUBLISH].running;
	for (guint i = 0; i < self->clients->len; i++) {
		Client *client = g_ptr_array_index (self->clients, i);
		if (!client->sides[SIDE_PUBLISH].running)
			continue;
		guint place = (n++ + publishers - self->speakers_turn % publishers) % publishers;
		client->speaks = place < (guint) self->options->speakers;
		peer_set_speaking (client->sides[SIDE_PUBLISH].peer, client->speaks);
	}
}

static void keep_alive (Client *client, gint64 now_us)
{
	if (!client->janus || now_us < client->keep_alive_us)
		return;
	if (client->keep_alive_us)
		janus_request (client->janus, json_pack ("{s:s}", "janus", "keepalive"), NULL);
	client->keep_alive_us = now_us + KEEP_ALIVE_US;
}

static void look_after (Crowd *self, gint64 now_us)
{
	for (guint i = 0; i < self->clients->len; i++) {
		Client *client = g_ptr_array_index (self->clients, i);
		if (client->state == CLIENT_BUSY && now_us - client->begun_us > JOIN_TIMEOUT_US)
			client_fail (client, "no answer for 20 s");
		else if (client->state != CLIENT_GONE && client->vanish_us && now_us > client->vanish_us)
			client_vanish (client);
		else if (self->dialect->keeps_alive)
			keep_alive (client, now_us);
	}
}

void crowd_tick (Crowd *self, gint64 now_us)
{
	if (!self->network || !self->rest)
		return;
	rest_deliver (self->rest);
	take_news (self);
	change_speakers (self, now_us);
	look_after (self, now_us);
}
