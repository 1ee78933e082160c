/* client.h: one participant: where it is on its way into the meeting, and its connections.
 * Thread: the signalling thread. Ownership: the crowd's. What is said on the wire is in client-curia.c, client-videoroom.c. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include <glib.h>

#include "tools/load/janus.h"
#include "tools/load/network.h"
#include "tools/load/peer.h"

typedef struct Crowd Crowd;
typedef struct Client Client;

typedef enum { CLIENT_BUSY, CLIENT_UP, CLIENT_GONE } ClientState;
typedef enum { SIDE_PUBLISH, SIDE_VIEW, SIDE_N } Side;

/* How to talk to one kind of server. */
typedef struct {
	const char *name;
	gboolean keeps_alive;                             /* sessions end without a word from us now and then */
	void (*prepare) (Crowd *crowd);                   /* a room to meet in; then crowd_ready or crowd_give_up */
	void (*start) (Client *client);                   /* joins */
	void (*receive) (Client *client);                 /* everybody is there: says what to receive */
	void (*leave) (Client *client);                   /* a farewell; the connections go right after */
	void (*event) (Client *client, guint64 handle, json_t *data, gsize bytes);
} Dialect;

extern const Dialect dialect_curia, dialect_videoroom;

typedef struct {
	guint64 handle;
	Peer *peer;
	Sdp *offer;               /* ours, or our answer */
	gboolean running, wanted, up; /* running: the network has the peer */
} Connection;

struct Client {
	guint64 id;
	guint index;              /* among its kind */
	Crowd *crowd;
	ClientState state;
	gboolean publishes, receives, failed;
	gboolean speaks;          /* has the floor at present */
	const char *step;         /* what it is waiting for */
	guint steps, last_step;   /* storm: vanishes at the step with this number; 0: never */
	gint64 begun_us, earlier_us, join_us, media_us, vanish_us, keep_alive_us;
	Janus *janus;
	char *token, *identity, *participant, *ticket;
	guint64 feed;
	gboolean joined;
	SenderPlan plan;
	Connection sides[SIDE_N];
	guint64 roster_bytes;
};

Client *client_new (Crowd *crowd, guint index, gboolean publishes, gboolean receives);
void client_free (Client *self);

/* Opens the WebSocket; `opened` goes on from there. */
void client_connect (Client *self, const char *url);
/* On the way again: counts as joining until all wanted connections are up. */
void client_begin (Client *self, const char *step);
/* The next step; FALSE: it vanished here, do nothing more. */
gboolean client_step (Client *self, const char *step);
/* It is over; the reason is counted. */
void client_fail (Client *self, const char *reason);
/* TRUE when an answer was an error, which ends the client. */
gboolean client_refused (Client *self, const char *error);
/* A handle of the plugin is asked for; client_takes_handle reads the answer, FALSE when it was an error. */
void client_attach (Client *self, const char *plugin, JanusAnswer then);
gboolean client_takes_handle (Client *self, Side side, json_t *data, const char *error);
/* The same of the session. */
gboolean client_takes_session (Client *self, json_t *data, const char *error);
/* Nothing more is heard of it. */
void client_vanish (Client *self);

/* A socket for one side; its credentials go into `ours`. */
gboolean client_open_peer (Client *self, Side side, Sdp *ours);
/* Both descriptions are there: `ours` was kept in sides[side].offer. Connects. */
void client_run_peer (Client *self, Side side, const char *remote_sdp, gboolean controlling);
void client_news (Client *self, Side side, const PeerNews *news);
void client_look_up (Client *self, gint64 now_us);

#endif
