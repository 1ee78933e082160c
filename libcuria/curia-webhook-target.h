/* curia-webhook-target.h: where webhooks may be sent. The server stands inside a network that strangers do not see, and
 * whoever may make webhooks must not look into it through the server (SSRF).
 * Thread: any; pure. Ownership: arguments are borrowed. */
#ifndef CURIA_WEBHOOK_TARGET_H
#define CURIA_WEBHOOK_TARGET_H

#include <glib.h>
#include <sys/socket.h>

#define CURIA_WEBHOOK_URL_MAX 2048

typedef struct {
	gboolean http;    /* plain HTTP as well */
	gboolean private; /* any address */
} CuriaWebhookAllowed;

/* Whether the text is an http or https URL with a host and without credentials or fragment, which does not spell out an
 * address that is refused. INVALID_FIELD ("url must...") otherwise. Names are not looked up here: what they mean may
 * change; curia_webhook_address_is_public is asked about each address before it is connected to. [any] */
gboolean curia_webhook_url_check (const char *url, CuriaWebhookAllowed allowed, GError **error);

/* FALSE for loopback, private, link-local, shared (CGNAT), multicast, unspecified, documentation and other special
 * addresses (RFC 6890 and IANA's registries), cloud metadata, and IPv6 addresses that stand for IPv4 ones: mapped,
 * NAT64, 6to4, Teredo. FALSE for what is neither IPv4 nor IPv6. [any] */
gboolean curia_webhook_address_is_public (const struct sockaddr *address);

#endif
