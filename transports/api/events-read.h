/* events-read.h: one look into the store for a socket that follows events: the messages to send, and where it is then.
 * Thread: workers. Ownership: the caller owns what is in it. */
#ifndef API_EVENTS_READ_H
#define API_EVENTS_READ_H

#include "curia-store-history.h"

#define EVENTS_READ_MAX 200 /* messages of one look */

typedef struct {
	char *code;      /* of the meeting whose events are wanted, or NULL for all */
	char *meeting;   /* its id, once the first look has found it */
	gboolean begun;  /* the first look has been */
	gint64 after;    /* number of the last event that was read; at first what was asked for, -1: only what is new */
	int close_code;  /* 0, or what to close the socket with: it can never be served */
	const char *close_reason;
} EventsCursor;

void events_cursor_clear (EventsCursor *self);
/* JSON texts, in order; *more: there may be more already. NULL when the store cannot be read now. [worker] */
GPtrArray *events_read (CuriaStore *store, EventsCursor *cursor, gboolean *more, GError **error);
/* {"seq","id","type","time","meeting","code","call","data"}; malloc'ed by jansson. [any] */
char *events_text (const CuriaEvent *event);

#endif
