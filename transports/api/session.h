/* session.h: one Janus session of a client: its handles with their queues, what it was told, and which connection has it.
 * Thread: sockets, but for the counter and the references. Ownership: counted; the hub, the core's link and queued
 * answers hold it. */
#ifndef API_SESSION_H
#define API_SESSION_H

#include "envelope.h"
#include "hub.h"
#include "replay.h"

#define SESSION_MAX_HANDLES 16
#define SESSION_MAX_WAITING 64  /* requests of one handle that wait for their turn */
#define SESSION_MAX_OPEN 128    /* requests the core has not answered */
#define SESSION_RECENT 64       /* transactions remembered, to carry out once what is sent again */
#define SESSION_RECENT_REPLY 4096

/* A request that the core has, or that waits for its turn. */
typedef struct {
	gsize serial;
	Verb verb;
	char *key;          /* what tells it from others: verb, handle, transaction */
	const char *transaction; /* the end of key */
	guint64 handle_id;  /* 0: of the session */
	char *plugin;       /* of attach */
	json_t *message;    /* until the core takes it */
	gboolean own;       /* ours: the client hears nothing of it */
} Request;

typedef struct {
	guint64 id;
	char *plugin;
	GQueue waiting;     /* of Request */
	gboolean busy;      /* the core has one: the next one waits for its answer */
} Handle;

typedef struct {
	char *key;          /* NULL: free */
	guint generation;   /* of the connection it came by */
	char *reply;        /* NULL: not answered, or too long to keep */
} Recent;

struct Session {
	gint refs; /* atomic */
	Hub *hub;
	gpointer link;               /* the core's end */
	gint queued_bytes;           /* atomic: answers on their way to the sockets' thread */
	gint flooded;                /* atomic: too many of them */

	guint64 id;                  /* 0: the core has not made it yet */
	char *identity, *room;       /* of the token that made it */
	Connection *connection;      /* NULL: nobody has it now */
	guint generation;            /* counts the connections that had it */
	gint64 deadline_us;          /* when nobody has it: until then */
	struct Peer *peer;           /* when nobody has it: whose it was; NULL: not counted */
	gint64 asked_us;             /* when the core last heard of it */
	gint64 ending_us;            /* 0: lives; else when we asked the core to end it */
	gboolean over;               /* the core has ended it */
	Replay *replay;
	guint32 ping_no;             /* of the last ping, and what it covered */
	guint64 ping_seq;
	GHashTable *handles;         /* id -> Handle */
	GHashTable *requests;        /* serial -> Request: what the core has */
	gsize serial;
	Recent recent[SESSION_RECENT];
	guint recent_at;
};

Session *session_new (Hub *hub, Connection *connection, const Core *core);

/* Takes the request: gives it to the core now, or when the handle's earlier ones are answered. */
void session_request (Session *self, const Core *core, Request *request, gint64 now_us);
/* The core's answer to a request: takes it off the list and lets the handle go on. NULL when unknown. Caller frees. */
Request *session_answered (Session *self, const Core *core, gsize serial, gint64 now_us);
Request *request_new (Verb verb, guint64 handle_id, const char *transaction, json_t *message);
void request_free (gpointer self);

Handle *session_handle (Session *self, guint64 id);
void session_add_handle (Session *self, guint64 id, const char *plugin);
void session_remove_handle (Session *self, guint64 id);

/* Says something to the client: now, or when it is back. */
void session_say (Session *self, const char *json, gsize bytes);
void session_on_ping (Session *self, guint32 number);
void session_on_pong (Session *self, guint32 number);

/* Remembers a request; the earlier one when it has been sent before over an earlier connection. */
const Recent *session_remember (Session *self, const char *key);
void session_remember_reply (Session *self, const char *key, const char *json, gsize bytes);

#endif
