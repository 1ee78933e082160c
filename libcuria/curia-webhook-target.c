#include "curia-webhook-target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include "curia-error.h"

#define URL_LETTERS G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._~:/?[]@!$&'()*+,;=%"
#define HOST_LETTERS G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._"
#define IPV6_LETTERS "0123456789abcdefABCDEF:."
#define HOST_MAX 253 /* RFC 1035 */

/* ---- addresses ---- */

typedef struct {
	guint8 bytes[16];
	guint bits;
} Prefix;

static const Prefix refused_ipv4[] = {
	{ { 0 }, 8 },               /* this network */
	{ { 10 }, 8 },              /* private */
	{ { 100, 64 }, 10 },        /* shared by customers (CGNAT), one cloud's metadata */
	{ { 127 }, 8 },             /* loopback */
	{ { 168, 63, 129, 16 }, 32 }, /* one cloud's metadata */
	{ { 169, 254 }, 16 },       /* link-local, most clouds' metadata */
	{ { 172, 16 }, 12 },        /* private */
	{ { 192, 0, 0 }, 24 },      /* protocol assignments */
	{ { 192, 0, 2 }, 24 },      /* documentation */
	{ { 192, 31, 196 }, 24 },   /* AS112 */
	{ { 192, 52, 193 }, 24 },   /* AMT */
	{ { 192, 88, 99 }, 24 },    /* 6to4 relays */
	{ { 192, 168 }, 16 },       /* private */
	{ { 192, 175, 48 }, 24 },   /* AS112 */
	{ { 198, 18 }, 15 },        /* benchmarks */
	{ { 198, 51, 100 }, 24 },   /* documentation */
	{ { 203, 0, 113 }, 24 },    /* documentation */
	{ { 224 }, 3 },             /* multicast, reserved, broadcast */
};

/* Only 2000::/3 is given out to the public; this is what must not be reached within it. */
static const Prefix public_ipv6 = { { 0x20 }, 3 };
static const Prefix refused_ipv6[] = {
	{ { 0x20, 0x01 }, 23 },                         /* protocol assignments, with Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },             /* documentation */
	{ { 0x20, 0x02 }, 16 },                         /* 6to4: holds an IPv4 address */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48 }, /* AS112 */
	{ { 0x3f, 0xff }, 20 },                         /* documentation */
};

static gboolean
begins_with (const guint8 *address, const Prefix *prefix)
{
	guint bytes = prefix->bits / 8, rest = prefix->bits % 8;

	return memcmp (address, prefix->bytes, bytes) == 0
		&& (rest == 0 || (address[bytes] ^ prefix->bytes[bytes]) >> (8 - rest) == 0);
}

static gboolean
is_in (const guint8 *address, const Prefix *table, guint n)
{
	for (guint i = 0; i < n; i++)
		if (begins_with (address, &table[i]))
			return TRUE;
	return FALSE;
}

gboolean
curia_webhook_address_is_public (const struct sockaddr *address)
{
	/* copied, for a sockaddr is aligned for less than what it holds */
	if (address->sa_family == AF_INET) {
		struct sockaddr_in ipv4;

		memcpy (&ipv4, address, sizeof ipv4);
		return !is_in ((const guint8 *) &ipv4.sin_addr, refused_ipv4, G_N_ELEMENTS (refused_ipv4));
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 ipv6;

		memcpy (&ipv6, address, sizeof ipv6);
		return begins_with (ipv6.sin6_addr.s6_addr, &public_ipv6)
			&& !is_in (ipv6.sin6_addr.s6_addr, refused_ipv6, G_N_ELEMENTS (refused_ipv6));
	}
	return FALSE;
}

/* ---- URLs ---- */

/* How many characters the scheme has, with "://"; 0 when it is none of those allowed. */
static gsize
scheme_length (const char *url, gboolean http_allowed)
{
	static const char *const schemes[] = { "https://", "http://" };

	for (guint i = 0; i < (http_allowed ? G_N_ELEMENTS (schemes) : 1); i++)
		if (g_ascii_strncasecmp (url, schemes[i], strlen (schemes[i])) == 0)
			return strlen (schemes[i]);
	return 0;
}

static gboolean
refuse (GError **error, const char *what)
{
	return curia_throw (error, CURIA_ERROR_INVALID_FIELD, "url must %s", what);
}

static gboolean
is_port (const char *text)
{
	guint64 port;

	return g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL);
}

/* Splits "host:port" or "[ipv6]:port". FALSE when it is neither. */
static gboolean
split_authority (const char *authority, char **host)
{
	gboolean bracket = authority[0] == '[';
	const char *start = authority + (bracket ? 1 : 0), *end = start + strcspn (start, bracket ? "]" : ":");
	gsize length = (gsize) (end - start);

	if (length == 0 || length > HOST_MAX || (bracket && *end != ']')
		|| strspn (start, bracket ? IPV6_LETTERS : HOST_LETTERS) != length)
		return FALSE;
	if (bracket)
		end++;
	if (*end != '\0' && (*end != ':' || !is_port (end + 1)))
		return FALSE;
	*host = g_strndup (start, length);
	return TRUE;
}

/* Also numbers in the forms that resolvers take for IPv4: 127.1, 0x7f000001, 017700000001. A final dot changes nothing. */
static gboolean
spells_private_address (const char *host)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found = NULL;
	g_autofree char *bare = g_strdup (host);
	gboolean refused = FALSE;
	gsize length = strlen (bare);

	while (length > 1 && bare[length - 1] == '.')
		bare[--length] = '\0';
	if (g_ascii_strcasecmp (bare, "localhost") == 0
		|| (length > 10 && g_ascii_strcasecmp (bare + length - 10, ".localhost") == 0))
		return TRUE;
	if (getaddrinfo (bare, NULL, &hints, &found) != 0)
		return FALSE;
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
		refused |= !curia_webhook_address_is_public (at->ai_addr);
	freeaddrinfo (found);
	return refused;
}

gboolean
curia_webhook_url_check (const char *url, CuriaWebhookAllowed allowed, GError **error)
{
	g_autofree char *authority = NULL, *host = NULL;
	gsize scheme;

	if (strlen (url) > CURIA_WEBHOOK_URL_MAX)
		return curia_throw (
			error, CURIA_ERROR_INVALID_FIELD, "url must have at most %d characters", CURIA_WEBHOOK_URL_MAX);
	scheme = scheme_length (url, allowed.http);
	if (scheme == 0)
		return refuse (error, allowed.http ? "begin with https:// or http://"
			: "begin with https:// (webhooks.allow_http is off)");
	if (strchr (url, '#') != NULL)
		return refuse (error, "have no fragment (#)");
	if (url[strspn (url, URL_LETTERS)] != '\0')
		return refuse (error, "have only the characters of RFC 3986, others percent-encoded and names in punycode");
	authority = g_strndup (url + scheme, strcspn (url + scheme, "/?"));
	if (strchr (authority, '@') != NULL)
		return refuse (error, "have no user name or password");
	if (!split_authority (authority, &host))
		return refuse (error, "name a host, and maybe a port from 1 to 65535");
	if (!allowed.private && spells_private_address (host))
		return refuse (error, "not name a private, local or otherwise special address (webhooks.allow_private is off)");
	return TRUE;
}
