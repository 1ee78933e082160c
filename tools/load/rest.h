/* rest.h: REST requests in the background; answers come back on the signalling thread.
 * Thread: the signalling thread. Ownership: answers are lent to the callback. */
#ifndef LOAD_REST_H
#define LOAD_REST_H

#include <glib.h>
#include <jansson.h>

typedef struct Rest Rest;
/* `body` may be NULL; status 0: no answer, and `error` says why, else what the problem document says. */
typedef void (*RestAnswer) (gpointer user, guint64 id, long status, json_t *body, const char *error);

/* `wake` is called on another thread when an answer waits for rest_deliver. */
Rest *rest_new (const char *base_url, gboolean insecure, void (*wake) (gpointer user), gpointer user);
void rest_free (Rest *self);
/* Takes the reference on body (NULL: GET). `token` may be NULL. */
void rest_request (Rest *self, const char *path, const char *token, json_t *body, RestAnswer answer, gpointer user, guint64 id);
void rest_deliver (Rest *self);

#endif
