#include "config.h"
#include "tests/room/fake-host.h"

#include <dlfcn.h>
#include <string.h>

#include <glib/gstdio.h>

#include "curia-clock.h"
#include "curia-id.h"

/* ---- symbols that the core gives its plugins ---- */

#define EXPORTED __attribute__ ((visibility ("default")))
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

EXPORTED int janus_log_level = 0;
EXPORTED gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
EXPORTED char *janus_log_global_prefix = NULL;
EXPORTED int lock_debug = 0;
EXPORTED int refcount_debug = 0;

EXPORTED void janus_vprintf (const char *format, ...)
{
	va_list args;
	va_start (args, format);
	g_autofree char *text = g_strdup_vprintf (format, args);
	va_end (args);
	g_test_message ("%s", text);
}

EXPORTED janus_plugin_result *janus_plugin_result_new (janus_plugin_result_type type, const char *text, json_t *content)
{
	janus_plugin_result *result = g_new (janus_plugin_result, 1);
	*result = (janus_plugin_result) { type, text, content };
	return result;
}

EXPORTED void janus_plugin_rtp_reset (janus_plugin_rtp *packet)
{
	memset (packet, 0, sizeof *packet);
	packet->mindex = -1;
	packet->extensions.audio_level = packet->extensions.video_rotation = -1;
	packet->extensions.min_delay = packet->extensions.max_delay = -1;
}

/* ---- handles ---- */

struct FakeHandle {
	janus_plugin_session session; /* first: the core's pointer is ours */
	GMutex lock;
	GCond changed;
	GQueue events;                /* LOCK: lock; {"transaction", "data", "jsep"} */
	GArray *packets[FAKE_MAX_SECTIONS]; /* LOCK: lock */
	guint keyframe_requests[FAKE_MAX_SECTIONS], closed; /* LOCK: lock */
	json_t *simulcast;            /* what the core would say of offers, or NULL */
	gint released;                /* the plugin gave its reference back */
};

static struct {
	void *module;
	janus_plugin *plugin;
	CuriaNode *node;
	char *folder;
	GPtrArray *handles;           /* LOCK: lock */
	gint events_on, fail_jsep, delay_us, transactions;
	GMutex lock;
	json_t *recorded;             /* LOCK: lock */
} fake;

static FakeHandle *of (janus_plugin_session *session)
{
	return (FakeHandle *) session;
}

static int on_push_event (janus_plugin_session *session, janus_plugin *plugin, const char *transaction, json_t *message, json_t *jsep)
{
	FakeHandle *handle = of (session);
	g_assert_true (plugin == fake.plugin);
	g_assert_true (json_is_object (message));
	if (g_atomic_int_get (&fake.delay_us))
		g_usleep (g_atomic_int_get (&fake.delay_us));
	if (g_atomic_int_get (&session->stopped))
		return -2;
	int code = jsep ? g_atomic_int_exchange (&fake.fail_jsep, 0) : 0;
	if (code)
		return code;
	json_t *event = json_pack ("{s:s? s:o s:o*}", "transaction", transaction, "data", json_deep_copy (message),
		"jsep", jsep ? json_deep_copy (jsep) : NULL); /* copies, as the core serialises: nothing is shared */
	g_mutex_lock (&handle->lock);
	g_queue_push_tail (&handle->events, event);
	g_cond_broadcast (&handle->changed);
	g_mutex_unlock (&handle->lock);
	return 0;
}

static void on_relay_rtp (janus_plugin_session *session, janus_plugin_rtp *packet)
{
	FakeHandle *handle = of (session);
	const guint8 *b = (const guint8 *) packet->buffer;
	g_assert_cmpint (packet->mindex, >=, 0);
	g_assert_cmpint (packet->mindex, <, FAKE_MAX_SECTIONS);
	g_assert_cmphex (b[0], ==, 0x80); /* a plain header */
	FakePacket copy = { b[2] << 8 | b[3], (guint32) b[4] << 24 | b[5] << 16 | b[6] << 8 | b[7], b[1] & 0x7f, b[1] >> 7, { 0 },
		packet->length - 12 };
	memcpy (copy.payload, b + 12, MIN (copy.payload_bytes, sizeof copy.payload));
	g_mutex_lock (&handle->lock);
	if (!handle->packets[packet->mindex])
		handle->packets[packet->mindex] = g_array_new (FALSE, FALSE, sizeof (FakePacket));
	g_array_append_val (handle->packets[packet->mindex], copy);
	g_mutex_unlock (&handle->lock);
}

static void on_send_pli_stream (janus_plugin_session *session, int mindex)
{
	FakeHandle *handle = of (session);
	g_mutex_lock (&handle->lock);
	handle->keyframe_requests[mindex]++;
	g_mutex_unlock (&handle->lock);
}

static void on_close_pc (janus_plugin_session *session)
{
	FakeHandle *handle = of (session);
	g_mutex_lock (&handle->lock);
	handle->closed++;
	g_mutex_unlock (&handle->lock);
}

static gboolean on_events_is_enabled (void)
{
	return g_atomic_int_get (&fake.events_on);
}

static void on_notify_event (janus_plugin *plugin, janus_plugin_session *session G_GNUC_UNUSED, json_t *event)
{
	g_assert_true (plugin == fake.plugin);
	g_mutex_lock (&fake.lock);
	json_array_append_new (fake.recorded, event);
	g_mutex_unlock (&fake.lock);
}

static janus_callbacks callbacks = {
	.push_event = on_push_event,
	.relay_rtp = on_relay_rtp,
	.send_pli_stream = on_send_pli_stream,
	.close_pc = on_close_pc,
	.events_is_enabled = on_events_is_enabled,
	.notify_event = on_notify_event,
};

static void on_handle_free (const janus_refcount *ref)
{
	FakeHandle *handle = of (janus_refcount_containerof (ref, janus_plugin_session, ref));
	g_atomic_int_set (&handle->released, 1); /* the memory stays until fake_stop, to catch late calls */
}

/* ---- life ---- */

void fake_start (const char *options)
{
	g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "plugins/room/.libs/libjanus_curia_room.so", NULL);
	fake.module = dlopen (path, RTLD_NOW | RTLD_GLOBAL);
	if (!fake.module)
		g_error ("%s", dlerror ());
	create_p *create = (create_p *) dlsym (fake.module, "create");
	fake.plugin = create ();
	g_assert_cmpint (fake.plugin->get_api_compatibility (), ==, JANUS_PLUGIN_API_VERSION);
	g_assert_cmpstr (fake.plugin->get_package (), ==, "janus.plugin.curia.room");
	fake.folder = g_dir_make_tmp ("curia-room-XXXXXX", NULL);
	fake.handles = g_ptr_array_new ();
	fake.recorded = json_array ();
	g_autofree char *file = g_build_filename (fake.folder, "curia.jcfg", NULL);
	g_autofree char *text = g_strconcat ("general: { log_level = \"error\" }\nstore: { url = \"sqlite::memory:\" }\n"
		"token: { keys = [ \"test:0123456789abcdef0123456789abcdef\" ] }\n", options, NULL);
	g_assert_true (g_file_set_contents (file, text, -1, NULL));
	g_assert_cmpint (fake.plugin->init (&callbacks, fake.folder), ==, 0);
	g_autoptr (GError) error = NULL;
	fake.node = curia_node_ref (fake.folder, &error);
	g_assert_no_error (error);
}

static void handle_free (FakeHandle *handle)
{
	json_decref (handle->simulcast);
	for (int i = 0; i < FAKE_MAX_SECTIONS; i++)
		g_clear_pointer (&handle->packets[i], g_array_unref);
	fake_drop_events (handle);
	g_mutex_clear (&handle->lock);
	g_cond_clear (&handle->changed);
	g_free (handle);
}

void fake_stop (void)
{
	for (guint i = 0; i < fake.handles->len; i++) {
		FakeHandle *handle = fake.handles->pdata[i];
		if (!g_atomic_int_get (&handle->session.stopped))
			fake_detach (handle);
	}
	fake.plugin->destroy ();
	for (guint i = 0; i < fake.handles->len; i++) {
		FakeHandle *handle = fake.handles->pdata[i];
		g_assert_cmpint (g_atomic_int_get (&handle->released), ==, 1);
		handle_free (handle);
	}
	g_clear_pointer (&fake.node, curia_node_unref);
	g_autofree char *file = g_build_filename (fake.folder, "curia.jcfg", NULL);
	g_unlink (file);
	g_rmdir (fake.folder);
	g_clear_pointer (&fake.folder, g_free);
	g_clear_pointer (&fake.recorded, json_decref);
	g_clear_pointer (&fake.handles, g_ptr_array_unref);
	/* the module stays loaded, as in Janus: what it keeps for packets that may still come is no leak */
}

janus_plugin *fake_plugin (void)
{
	return fake.plugin;
}

CuriaNode *fake_node (void)
{
	return fake.node;
}

void fake_fail_next_jsep (int code)
{
	g_atomic_int_set (&fake.fail_jsep, code);
}

void fake_set_push_delay_us (guint delay_us)
{
	g_atomic_int_set (&fake.delay_us, delay_us);
}

void fake_record_events (gboolean on)
{
	g_atomic_int_set (&fake.events_on, on);
}

json_t *fake_take_recorded (void)
{
	g_mutex_lock (&fake.lock);
	json_t *recorded = fake.recorded;
	fake.recorded = json_array ();
	g_mutex_unlock (&fake.lock);
	return recorded;
}

char *fake_make_meeting (const char *video_codec, int max_participants)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaMeeting) meeting = curia_meeting_new ();
	g_free (meeting->video_codec);
	meeting->video_codec = g_strdup (video_codec);
	meeting->max_participants = max_participants;
	curia_store_meeting_create (curia_node_store (fake.node), meeting, &error);
	g_assert_no_error (error);
	return g_strdup (meeting->code);
}

CuriaClaims *fake_claims (const char *code, const char *identity, const char *name)
{
	CuriaClaims *claims = curia_claims_new ();
	claims->identity = g_strdup (identity);
	claims->name = g_strdup (name);
	claims->room = g_strdup (code);
	claims->room_join = TRUE;
	return claims;
}

char *fake_mint (const CuriaClaims *claims)
{
	g_autoptr (GError) error = NULL;
	char *token = curia_token_mint (curia_node_keys (fake.node), claims, curia_clock_wall_ms () / 1000, 600, &error);
	g_assert_no_error (error);
	return token;
}

char *fake_token (const char *code, const char *identity, const char *name)
{
	g_autoptr (CuriaClaims) claims = fake_claims (code, identity, name);
	return fake_mint (claims);
}

FakeHandle *fake_attach (void)
{
	FakeHandle *handle = g_new0 (FakeHandle, 1);
	int error = 0;
	g_mutex_init (&handle->lock);
	g_cond_init (&handle->changed);
	g_queue_init (&handle->events);
	fake.plugin->create_session (&handle->session, &error);
	g_assert_cmpint (error, ==, 0);
	/* The core sets its counter only now: one for its table, one that belongs to the plugin. */
	janus_refcount_init (&handle->session.ref, on_handle_free);
	janus_refcount_increase (&handle->session.ref);
	g_mutex_lock (&fake.lock);
	g_ptr_array_add (fake.handles, handle);
	g_mutex_unlock (&fake.lock);
	return handle;
}

void fake_detach (FakeHandle *handle)
{
	int error = 0;
	g_atomic_int_set (&handle->session.stopped, 1);
	fake.plugin->hangup_media (&handle->session);
	fake.plugin->destroy_session (&handle->session, &error);
	g_assert_cmpint (error, ==, 0);
	janus_refcount_decrease (&handle->session.ref);
}

/* ---- signalling ---- */

char *fake_send (FakeHandle *handle, json_t *take_body, const char *offer)
{
	char *transaction = g_strdup_printf ("t%d", g_atomic_int_add (&fake.transactions, 1));
	json_t *jsep = offer ? json_pack ("{s:s s:s s:O*}", "type", "offer", "sdp", offer, "simulcast", handle->simulcast) : NULL;
	janus_plugin_result *result = fake.plugin->handle_message (&handle->session, g_strdup (transaction), take_body, jsep);
	if (result->type == JANUS_PLUGIN_OK) {
		g_mutex_lock (&handle->lock);
		g_queue_push_tail (&handle->events, json_pack ("{s:s s:o}", "transaction", transaction, "data", result->content));
		g_mutex_unlock (&handle->lock);
	} else {
		g_assert_cmpint (result->type, ==, JANUS_PLUGIN_OK_WAIT);
	}
	g_free (result);
	return transaction;
}

/* Takes the first event that fits, waiting for it; NULL after timeout_ms. */
static json_t *take_event (FakeHandle *handle, const char *transaction, const char *name, guint timeout_ms)
{
	gint64 deadline = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
	json_t *found = NULL;
	gboolean late = FALSE;
	g_mutex_lock (&handle->lock);
	while (!found && !late) {
		for (GList *link = handle->events.head; link && !found; link = link->next) {
			const char *of_request = json_string_value (json_object_get (link->data, "transaction"));
			const char *room = json_string_value (json_object_get (json_object_get (link->data, "data"), "room"));
			if (transaction ? g_strcmp0 (of_request, transaction) == 0 : !of_request && g_strcmp0 (room, name) == 0) {
				found = link->data;
				g_queue_delete_link (&handle->events, link);
				break;
			}
		}
		if (!found)
			late = !g_cond_wait_until (&handle->changed, &handle->lock, deadline);
	}
	g_mutex_unlock (&handle->lock);
	return found;
}

json_t *fake_wait_answer (FakeHandle *handle, const char *transaction, char **answer)
{
	json_t *event = take_event (handle, transaction, NULL, FAKE_WAIT_MS);
	g_assert_nonnull (event);
	json_t *data = json_incref (json_object_get (event, "data"));
	if (answer)
		*answer = g_strdup (json_string_value (json_object_get (json_object_get (event, "jsep"), "sdp")));
	json_decref (event);
	return data;
}

json_t *fake_request (FakeHandle *handle, json_t *take_body, const char *offer, char **answer)
{
	g_autofree char *transaction = fake_send (handle, take_body, offer);
	return fake_wait_answer (handle, transaction, answer);
}

json_t *fake_wait_event (FakeHandle *handle, const char *name, guint timeout_ms)
{
	json_t *event = take_event (handle, NULL, name, timeout_ms);
	json_t *data = event ? json_incref (json_object_get (event, "data")) : NULL;
	json_decref (event);
	return data;
}

void fake_drop_events (FakeHandle *handle)
{
	g_mutex_lock (&handle->lock);
	g_queue_clear_full (&handle->events, (GDestroyNotify) json_decref);
	g_mutex_unlock (&handle->lock);
}

/* ---- media ---- */

void fake_up (FakeHandle *handle)
{
	fake.plugin->setup_media (&handle->session);
}

void fake_down (FakeHandle *handle)
{
	fake.plugin->hangup_media (&handle->session);
}

void fake_offer_simulcast (FakeHandle *handle, int mindex)
{
	handle->simulcast = json_pack ("[{s:i s:[s s s] s:i}]", "mindex", mindex, "rids", "h", "m", "l", "rid-ext", FAKE_RID_EXTENSION);
}

static void deliver (FakeHandle *handle, int mindex, gboolean video, guint8 *rtp, guint bytes, int audio_level)
{
	janus_plugin_rtp packet;
	janus_plugin_rtp_reset (&packet);
	packet.mindex = mindex;
	packet.video = video;
	packet.buffer = (char *) rtp;
	packet.length = bytes;
	packet.extensions.audio_level = audio_level;
	fake.plugin->incoming_rtp (&handle->session, &packet);
}

void fake_layer (FakeHandle *handle, int mindex, const char *rid, guint32 ssrc, guint16 seq, guint32 ts, const guint8 *payload, guint bytes)
{
	guint8 buffer[1600] = { 0x90, 0x80 | 96, seq >> 8, seq & 0xff, ts >> 24, ts >> 16, ts >> 8, ts, ssrc >> 24, ssrc >> 16, ssrc >> 8, ssrc,
		0xbe, 0xde, 0, 1, (rid ? FAKE_RID_EXTENSION : 2) << 4, rid ? rid[0] : '1' };
	memcpy (buffer + 20, payload, bytes);
	deliver (handle, mindex, TRUE, buffer, 20 + bytes, -1);
}

void fake_rtp (FakeHandle *handle, int mindex, gboolean video, guint8 payload_type, guint16 seq, guint32 ts, gboolean marker,
	const guint8 *payload, guint bytes, int audio_level)
{
	guint8 buffer[1600] = { 0x80, (marker ? 0x80 : 0) | payload_type, seq >> 8, seq & 0xff, ts >> 24, ts >> 16, ts >> 8, ts, 1, 2, 3, 4 };
	memcpy (buffer + 12, payload, bytes);
	deliver (handle, mindex, video, buffer, 12 + bytes, audio_level);
}

void fake_rtcp (FakeHandle *handle, int mindex, gboolean video, const guint8 *rtcp, guint bytes)
{
	guint8 copy[1500];
	memcpy (copy, rtcp, bytes);
	janus_plugin_rtcp packet = { .mindex = mindex, .video = video, .buffer = (char *) copy, .length = bytes };
	fake.plugin->incoming_rtcp (&handle->session, &packet);
}

guint fake_relayed (FakeHandle *handle, int mindex)
{
	g_mutex_lock (&handle->lock);
	guint n = handle->packets[mindex] ? handle->packets[mindex]->len : 0;
	g_mutex_unlock (&handle->lock);
	return n;
}

FakePacket fake_packet (FakeHandle *handle, int mindex, guint n)
{
	g_mutex_lock (&handle->lock);
	FakePacket packet = g_array_index (handle->packets[mindex], FakePacket, n);
	g_mutex_unlock (&handle->lock);
	return packet;
}

guint fake_keyframe_requests (FakeHandle *handle, int mindex)
{
	g_mutex_lock (&handle->lock);
	guint n = handle->keyframe_requests[mindex];
	g_mutex_unlock (&handle->lock);
	return n;
}

guint fake_closed (FakeHandle *handle)
{
	g_mutex_lock (&handle->lock);
	guint n = handle->closed;
	g_mutex_unlock (&handle->lock);
	return n;
}

char *fake_offer (const char *sections)
{
	static const char *const video_codecs =
		"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\n"
		"a=rtpmap:100 VP9/90000\r\na=fmtp:100 profile-id=2\r\n"
		"a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
		"a=rtpmap:104 H264/90000\r\na=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
		"a=rtpmap:106 AV1/90000\r\na=fmtp:106 level-idx=5;profile=0;tier=0\r\n";
	GString *offer = g_string_new ("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
	g_auto (GStrv) words = g_strsplit (sections, " ", -1);
	for (int i = 0; words[i]; i++) {
		gboolean video = words[i][0] == 'v';
		const char *direction = words[i][1] == 's' ? "sendonly" : words[i][1] == 'r' ? "recvonly" : "inactive";
		g_string_append_printf (offer, "m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\na=%s\r\na=mid:%d\r\n"
			"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
			"a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
			"a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
			"a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n%s",
			video ? "video" : "audio", video ? "96 98 100 102 104 106" : "111 63 0", direction, i,
			video ? video_codecs : "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"
				"a=fmtp:63 111/111\r\na=rtpmap:0 PCMU/8000\r\n");
	}
	return g_string_free (offer, FALSE);
}
