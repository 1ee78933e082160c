#include "headers.h"

/* No inline script or style, nothing from elsewhere. Other servers' sockets are for pages that join a meeting on the node
 * that has it. */
#define CSP                                                                                                    \
	"default-src 'self'; connect-src 'self' wss:; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; " \
	"worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

#define PERMISSIONS                                                                                            \
	"camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), "            \
	"screen-wake-lock=(self), picture-in-picture=(self), clipboard-write=(self), speaker-selection=(self), "     \
	"geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), magnetometer=(), gyroscope=(), " \
	"accelerometer=(), browsing-topics=()"

#define ROW(i, header, text) { i, NULL, header ":", text }

static const struct lws_protocol_vhost_options rows[] = {
	ROW (&rows[1], "content-security-policy", CSP),
	ROW (&rows[2], "x-content-type-options", "nosniff"),
	ROW (&rows[3], "referrer-policy", "no-referrer"),
	ROW (&rows[4], "permissions-policy", PERMISSIONS),
	ROW (&rows[5], "cross-origin-opener-policy", "same-origin"),
	ROW (&rows[6], "x-frame-options", "DENY"),
	ROW (NULL, "x-permitted-cross-domain-policies", "none"),
};

static const struct lws_protocol_vhost_options with_hsts[] = {
	ROW (&rows[0], "strict-transport-security", "max-age=31536000"),
};

const struct lws_protocol_vhost_options *
headers_list (gboolean strict_transport)
{
	return strict_transport ? with_hsts : rows;
}
