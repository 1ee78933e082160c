/* curia-redis.h: which Redis, and how to get there. The connections themselves are libcuria's own business.
 * Thread: any. Ownership: settings are borrowed for the call. */
#ifndef CURIA_REDIS_H
#define CURIA_REDIS_H

#include <glib.h>

typedef struct {
	const char *url;         /* redis://[[user]:password@]host[:port][/db], or rediss:// for TLS */
	const char *prefix;      /* what all keys and channels begin with; NULL: "curia" */
	const char *ca_file;     /* PEM of the authorities that the server's certificate must come from; NULL, "": the system's */
	const char *certificate; /* PEM that the server may want from us, with its key; NULL, "": none */
	const char *private_key;
} CuriaRedisSettings;

#endif
