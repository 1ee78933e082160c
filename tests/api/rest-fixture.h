/* rest-fixture.h: a node on a throw-away store, a room that answers as it is told, and requests in one line.
 * Thread: the test's own; the fake room answers on the bus' thread. Ownership: what ask() gives is the caller's. */
#ifndef REST_FIXTURE_H
#define REST_FIXTURE_H

#include "transports/api/routes.h"

#define FIXTURE_KEY "devkey"
#define FIXTURE_SECRET "a-secret-for-tests-of-more-than-32-bytes"

typedef struct {
	char *folder, *store_url;
	CuriaNode *node;
	guint room, meetings;  /* subscriptions, 0 when the room is away */
	gint participants;     /* what the fake room reports; atomic, as the next two are */
	gint silent;           /* 1: it never answers */
	gint ended;            /* `end` commands seen */
	gint ruled;            /* `settings` commands seen */
	GMutex lock;           /* of the next one */
	json_t *asked;         /* the last request but `live` */
	char *present;         /* the identity that has a seat, or NULL; set before the request */
} Fixture;

/* `settings` is text for curia.jcfg beside the store and the key. */
Fixture *fixture_new (const char *settings);
/* The same with the store of this URL. */
Fixture *fixture_new_on (const char *store_url, const char *settings);
void fixture_free (Fixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
void fixture_open_room (Fixture *self);
void fixture_close_room (Fixture *self);

/* A text of the last request that was no `live`, or "". Caller frees. */
char *fixture_asked (Fixture *self, const char *name);

/* A response of its own: free with answer_clear. */
typedef ApiResponse Answer;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, api_response_clear)

/* Sends a request; `token` and `body` may be NULL. Checks what holds of every answer. */
Answer ask (Fixture *self, ApiMethod method, const char *target, const char *token, const char *body);
/* The same with all of the request in the caller's hands. */
Answer ask_raw (const ApiRequest *request);
ApiRequest request_new (Fixture *self, ApiMethod method, const char *path);

/* What a route answers is what its row promises. */
void check_schema (ApiMethod method, const char *path, const Answer *answer);

/* A token: `grants` is "roomCreate roomList", `room` may be NULL. Caller frees. */
char *token_of (const char *grants, const char *room, const char *identity, const char *name);
/* Makes a meeting; its code and, when asked, host token. Caller frees. */
char *make_meeting (Fixture *self, char **host_token);
/* The text at a path like "meeting.settings.video_codec", or NULL. Borrowed. */
const char *text_at (const Answer *answer, const char *path);
json_t *value_at (const Answer *answer, const char *path);

#endif
