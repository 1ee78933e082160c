/* fake-host.h: plays the Janus core to the built module: loads the .so, gives it handles, media and requests, and keeps
 * what it gets: events, packets, keyframe requests, hang-ups.
 * Thread: the test's own, but media may be fed from one thread per handle. Ownership: handles belong to the host. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <glib.h>
#include <jansson.h>
#include <janus/plugins/plugin.h>

#include "curia-node.h"

#define FAKE_MAX_SECTIONS 64
#define FAKE_WAIT_MS 5000
#define FAKE_RID_EXTENSION 5

typedef struct {
	guint16 seq;
	guint32 ts;
	guint8 payload_type;
	gboolean marker;
	guint8 payload[64];        /* its beginning */
	guint payload_bytes;
} FakePacket;

typedef struct FakeHandle FakeHandle;

/* Loads the module with a throw-away configuration; `options` is more text for curia.jcfg. */
void fake_start (const char *options);
/* Destroys handles that are left, the module, and checks that every handle was let go. */
void fake_stop (void);
janus_plugin *fake_plugin (void);
CuriaNode *fake_node (void);
/* Makes the next push_event with a jsep fail (code), and every push_event slow. */
void fake_fail_next_jsep (int code);
void fake_set_push_delay_us (guint delay_us);
/* Events for Janus' event handlers so far, as an array; they are recorded only while on. Caller owns. */
void fake_record_events (gboolean on);
json_t *fake_take_recorded (void);

/* A meeting in the store, and a token for it. Caller frees. */
char *fake_make_meeting (const char *video_codec, int max_participants);
char *fake_token (const char *code, const char *identity, const char *name);
/* The same in two steps, for other grants than to join and publish. */
CuriaClaims *fake_claims (const char *code, const char *identity, const char *name);
char *fake_mint (const CuriaClaims *claims);

FakeHandle *fake_attach (void);
void fake_detach (FakeHandle *handle); /* as the core does: hangup_media, then destroy_session */
/* Sends a request and waits for its event: the caller owns the data. *answer: SDP, or NULL; caller frees. The core's sync
 * answers count as events too. `offer` may be NULL. */
json_t *fake_request (FakeHandle *handle, json_t *take_body, const char *offer, char **answer);
/* Sends it and does not wait: its transaction, owned by the caller. */
char *fake_send (FakeHandle *handle, json_t *take_body, const char *offer);
json_t *fake_wait_answer (FakeHandle *handle, const char *transaction, char **answer);
/* The next event without transaction whose "room" is `name`, or NULL after timeout_ms; earlier ones of other names stay.
 * Caller owns. */
json_t *fake_wait_event (FakeHandle *handle, const char *name, guint timeout_ms);
void fake_drop_events (FakeHandle *handle);

void fake_up (FakeHandle *handle);
void fake_down (FakeHandle *handle);
void fake_rtp (FakeHandle *handle, int mindex, gboolean video, guint8 payload_type, guint16 seq, guint32 ts, gboolean marker,
	const guint8 *payload, guint bytes, int audio_level);
/* This handle's offers are of simulcast, with the rids h, m and l, in this m-line. */
void fake_offer_simulcast (FakeHandle *handle, int mindex);
/* A VP8 packet of one layer; `rid` NULL: without the extension that names it. */
void fake_layer (FakeHandle *handle, int mindex, const char *rid, guint32 ssrc, guint16 seq, guint32 ts, const guint8 *payload, guint bytes);
void fake_rtcp (FakeHandle *handle, int mindex, gboolean video, const guint8 *rtcp, guint bytes);

/* What was relayed to an m-line: how many, and the nth. */
guint fake_relayed (FakeHandle *handle, int mindex);
FakePacket fake_packet (FakeHandle *handle, int mindex, guint n);
guint fake_keyframe_requests (FakeHandle *handle, int mindex);
guint fake_closed (FakeHandle *handle);
/* Waits until it holds. */
#define fake_until(condition) \
	G_STMT_START { \
		gint64 until_ = g_get_monotonic_time () + FAKE_WAIT_MS * 1000; \
		while (!(condition) && g_get_monotonic_time () < until_) \
			g_usleep (1000); \
		g_assert_true (condition); \
	} G_STMT_END

/* An offer of `sections` like "as vs" (audio/video, s sends, r receives, i inactive; mids 0, 1...). Caller frees. */
char *fake_offer (const char *sections);

#endif
