/* receiver.h: an HTTP server that takes webhooks, and misbehaves when told to.
 * Thread: its own threads; the functions here are for any. Ownership: what is returned is the caller's. */
#ifndef WEBHOOK_RECEIVER_H
#define WEBHOOK_RECEIVER_H

#include <glib.h>

typedef struct {
	char *method, *path, *body;
	GHashTable *headers; /* lower-case name -> value */
} Received;

void received_free (Received *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Received, received_free)

/* What to answer, as a whole; NULL: nothing, and the connection stays open until the receiver is freed. Called on a thread
 * of the receiver. Caller frees. */
typedef char *(*ReceiverAnswer) (const Received *request, guint n, gpointer data);

typedef struct Receiver Receiver;

/* On a free port of 127.0.0.1. `answer` NULL: 200 to all. */
Receiver *receiver_new (ReceiverAnswer answer, gpointer data);
void receiver_free (Receiver *self);
char *receiver_url (Receiver *self, const char *host);
guint receiver_n (Receiver *self);
/* Waits until `n` requests came; fails the test after 30 s. */
void receiver_wait (Receiver *self, guint n);
/* The requests so far, of Received; they stay the receiver's. */
const Received *receiver_at (Receiver *self, guint i);

#endif
