/* reply.h: an HTTP response before it is written: status, headers, body.
 * Thread: whoever holds it. Ownership: it owns what it holds. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include <glib.h>
#include <libwebsockets.h>
#include "handler.h"

#define REPLY_MAX_HEADERS 12

typedef struct {
	int status;
	GBytes *body;     /* or NULL */
	const char *type; /* static: content-type of the body */
	struct {
		const char *name; /* static, with the colon libwebsockets wants */
		char *value;
	} headers[REPLY_MAX_HEADERS];
	guint n_headers;
} Reply;

void reply_clear (Reply *self);
/* Adds a header; the value is copied, and dropped when it holds control characters. */
void reply_header (Reply *self, const char *name, const char *value);
/* From a handler's response. */
void reply_take_response (Reply *self, ApiResponse *response);
/* One of our own errors, as a problem document. */
void reply_fail (Reply *self, const char *path, CuriaErrorCode code, const char *format, ...) G_GNUC_PRINTF (4, 5);
/* Writes status line and headers into [*at, end). 0, or non-zero when it does not fit. [sockets] */
int reply_write_head (const Reply *self, struct lws *wsi, gboolean close, guint8 **at, guint8 *end);

#endif
