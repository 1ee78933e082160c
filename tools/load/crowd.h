/* crowd.h: all participants of a run, what they share, and what became of them.
 * Thread: the signalling thread. Ownership: main's; owns the clients. */
#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

#include <glib.h>
#include <netinet/in.h>

#include "curia-token.h"
#include "tools/load/client.h"
#include "tools/load/network.h"
#include "tools/load/options.h"
#include "tools/load/rest.h"

struct Crowd {
	const LoadOptions *options;
	const Dialect *dialect;
	void (*on_opened) (Client *client);
	Network *network;
	Loop *loop;
	Rest *rest;
	CuriaKeyring *keys;        /* NULL: tokens come by REST */
	guint32 run;               /* tells the identities of this run from others' */
	char address[INET_ADDRSTRLEN];
	char *room;                /* the meeting's code, or the VideoRoom's number */
	int spare_seats;           /* for those who vanished: their seats are kept for a while */
	SenderPlan plan;           /* as far as it is the same for all */
	gboolean ready;
	char *failure;             /* why nothing more can be done */
	GPtrArray *clients;        /* in order of coming; those gone too, but not in a storm */
	guint64 next_id;
	guint began, failed;
	GHashTable *by_id, *refusals; /* reason -> GUINT count */
	GArray *join_times, *media_times; /* of those forgotten, gint64 us */
	guint64 gone_bytes, gone_messages;
	gint64 speakers_us;
	guint speakers_turn;
};

Crowd *crowd_new (const LoadOptions *options, GError **error);
void crowd_free (Crowd *self);
/* Whatever is due; call often. */
void crowd_tick (Crowd *self, gint64 now_us);

void crowd_ready (Crowd *self, const char *room);
void crowd_give_up (Crowd *self, const char *reason);
/* Counts why somebody did not get in, or did not stay. */
void crowd_refusal (Crowd *self, const char *step, const char *reason);

Client *crowd_add (Crowd *self, guint index, gboolean publishes, gboolean receives);
/* Frees those who are gone. */
void crowd_forget_gone (Crowd *self);
guint crowd_count (const Crowd *self, ClientState state);
/* The nth of those who publish and are up, counted around; NULL: nobody. */
Client *crowd_publisher (const Crowd *self, guint n);
void crowd_leave (Crowd *self);

#endif
