/* webhook-post.h: sends webhooks by HTTP, many at a time in one thread; the only file here that knows libcurl.
 * Thread: one, which owns it; webhook_poster_wake is for any. Ownership: the poster owns its requests until they end. */
#ifndef LEDGER_WEBHOOK_POST_H
#define LEDGER_WEBHOOK_POST_H

#include <glib.h>

typedef struct {
	gboolean allow_http, allow_private;
	const char *ca_file; /* PEM; "": the system's authorities */
	guint timeout_ms, most;
} WebhookPosterSettings;

typedef struct {
	const char *url, *body, *token;
	gint64 sequence;
} WebhookMessage;

typedef enum { WEBHOOK_POST_OK, WEBHOOK_POST_FAILED, WEBHOOK_POST_BLOCKED } WebhookPostResult;

/* `problem` says what went wrong, fit to be shown: "HTTP 503", "connection refused". "" when nothing did. */
typedef void (*WebhookPosted) (WebhookPostResult result, const char *problem, gpointer data);

typedef struct WebhookPoster WebhookPoster;

/* Takes a copy of the settings. NULL with UNAVAILABLE when libcurl fails. */
WebhookPoster *webhook_poster_new (const WebhookPosterSettings *settings, GError **error);
/* Ends what is under way without a word to anybody. */
void webhook_poster_free (WebhookPoster *self);

/* Begins one; `posted` is called once, from webhook_poster_run. The message is copied. */
void webhook_poster_send (WebhookPoster *self, const WebhookMessage *message, WebhookPosted posted, gpointer data);
guint webhook_poster_n_busy (const WebhookPoster *self);
/* Works until something ended, somebody woke it, or the time is over. */
void webhook_poster_run (WebhookPoster *self, guint timeout_ms);
/* Makes webhook_poster_run return, now or the next time. [any] */
void webhook_poster_wake (WebhookPoster *self);

#endif
