/* curia-history.h: what was: calls, who was in them and how well it worked; and what follows from that (no I/O).
 * Thread: plain values. Ownership: whoever holds one frees it; lists are GPtrArrays with a free function set. */
#ifndef CURIA_HISTORY_H
#define CURIA_HISTORY_H

#include <glib.h>

/* One live run of a meeting. Times are milliseconds since 1970; 0: not yet. */
typedef struct {
	char *id, *meeting, *code, *title, *node, *end_reason;
	gint64 started_ms, ended_ms, last_ms;
	int join_failures;
	int people; /* different identities that were in it */
} CuriaCall;

/* One seat's life in a call. */
typedef struct {
	char *id, *participant, *identity, *name, *role, *leave_reason;
	gint64 joined_ms, left_ms;
	gint64 join_ms;  /* from the request to the first media; -1: none came */
	gint64 spoke_ms;
	int reconnects;
} CuriaParticipation;

/* How a participation's connections did, since the sample before. -1: not known. */
typedef struct {
	gint64 time_ms, rtt_us, down_bps, down_loss_ppm, down_jitter_us, up_bps, up_loss_ppm, up_jitter_us, estimate_bps, paused_slots,
		freezes, frozen_ms, spoke_ms;
} CuriaSample;

typedef struct {
	gint64 time_ms;
	char *identity, *error, *detail; /* error: a slug of the error table */
} CuriaJoinFailure;

typedef struct {
	gint64 seq, time_ms;
	char *id, *type, *meeting, *call, *data; /* data: JSON text of an object */
} CuriaEvent;

void curia_call_free (CuriaCall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaCall, curia_call_free)
void curia_participation_free (CuriaParticipation *self);
void curia_join_failure_free (CuriaJoinFailure *self);
void curia_event_free (CuriaEvent *self);

typedef struct {
	int people, participations;
	int peak;            /* most that were in it at one time */
	gint64 person_ms;    /* presence of all added up; a person who was there twice at a time counts once */
	gint64 spoke_ms;
	int reconnects, connected; /* connected: participations that got media */
	gint64 join_median_ms, join_p95_ms; /* of those, by nearest rank; -1 when there are none */
} CuriaCallTotals;

/* Until when somebody who has not left was there: the call's end, or `now_ms` while it goes on. [any] */
gint64 curia_call_until (const CuriaCall *call, gint64 now_ms);
/* Until when a participation lasted, given that. Never before it began. [any] */
gint64 curia_participation_until (const CuriaParticipation *self, gint64 until_ms);
/* [any] */
CuriaCallTotals curia_history_totals (const GPtrArray *participations, gint64 until_ms);

/* A person in a call: all participations of one identity. */
typedef struct {
	const char *identity, *name, *role; /* name and role as of the last; borrowed from the participations, as is the next */
	GPtrArray *participations;          /* in order */
	gint64 joined_ms, left_ms;          /* first and last; left_ms 0 while present */
	gint64 present_ms, spoke_ms;
	gint64 join_ms;                     /* of the first time that media came, or -1 */
	int reconnects;
} CuriaAttendee;

void curia_attendee_free (CuriaAttendee *self);
/* By identity, in the order in which they came; without an identity each participation is somebody else. Elements borrow
 * from `participations`, which must be in order of joined_ms. [any] */
GPtrArray *curia_history_attendees (const GPtrArray *participations, gint64 until_ms);

#endif
