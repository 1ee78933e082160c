/* live.h: asks the room, over the bus, who is in a meeting now.
 * Thread: workers (waits up to 500 ms). Ownership: values. */
#ifndef API_LIVE_H
#define API_LIVE_H

#include "curia-bus.h"

typedef struct {
	int participants;  /* 0 when nobody holds the meeting open, -1 when the room did not answer in time */
	int waiting;       /* to be let in */
	gboolean present;  /* the identity asked about has a seat */
} ApiLive;

/* How long the room may take to answer: 500. Tests raise it, for machines that are slow under valgrind. */
extern guint api_live_wait_ms;

/* `identity` may be NULL. [worker] */
ApiLive api_live_ask (CuriaBus *bus, const char *code, const char *identity);
/* {"participants": n, "waiting": n}, null when unknown. Caller owns. [any] */
json_t *api_live_to_json (ApiLive live);
/* "meeting.<code>": where a live meeting listens. Caller frees. [any] */
char *api_live_topic (const char *code);

#endif
