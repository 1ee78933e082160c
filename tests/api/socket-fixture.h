/* socket-fixture.h: a whole server on a free port with a fake core behind it, and clients that speak to it over TCP.
 * Thread: the test's own. Ownership: what is returned is the caller's. */
#ifndef SOCKET_FIXTURE_H
#define SOCKET_FIXTURE_H

#include "fake-core.h"
#include "transports/api/server.h"

typedef struct {
	char *folder;
	int port;
	CuriaNode *node;
	Server *server;
} Site;

/* `api` is more text for section api of curia.jcfg. */
Site *site_new (const char *api);
void site_free (Site *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Site, site_free)
/* A token for the meeting abcd-efgh-jkmn, or, with "everywhere" among the grants, for all. */
char *site_token (Site *self, const char *identity, const char *grants);

/* Sends raw text on a new connection and returns all that comes back until it closes or is quiet. */
char *site_raw (Site *self, const char *text, gssize bytes);

/* Sends it, then one more byte every so often, for 10 s or until an answer has come or the server closes. */
char *site_drip (Site *self, const char *text, gsize bytes, int every_ms);

/* Sends it and goes at once. */
void site_raw_and_go (Site *self, const char *text, gsize bytes);

/* A WebSocket client. */
typedef struct {
	int fd;
	GByteArray *in;
	gboolean no_pong;
	int close_code;   /* 0: open; 1006: closed without saying */
	int next;         /* number of the next transaction */
	guint64 last_seq; /* of the newest message read */
	gint64 session;
} Client;

/* Opens one; NULL and the HTTP status when refused. `headers` may be "". */
Client *client_open (Site *site, const char *token, const char *headers, int *status);
/* The same for any target and sub-protocol. */
Client *client_open_at (Site *site, const char *target, const char *protocol, const char *headers, int *status);
void client_close (Client *self); /* without saying */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_close)
void client_send (Client *self, const char *text);
void client_send_frame (Client *self, guint8 opcode, const void *data, gsize bytes);
/* The next message, or NULL after `wait_ms` or when it closed. */
json_t *client_read (Client *self, int wait_ms);
/* Sends a request, adding a transaction; reads until its first answer. */
json_t *client_ask (Client *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* create and attach; the handle's id. */
gint64 client_enter (Client *self);
/* Waits for the server to close; the code. */
int client_wait_close (Client *self, int wait_ms);

/* "error.code" style access for answers; consumes the JSON. */
gint64 take_code (json_t *answer);
char *take_kind (json_t *answer);

#endif
