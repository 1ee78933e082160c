#include "config.h"
#include "tools/load/stun.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define HEADER_BYTES 20
#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu
#define INTEGRITY_BYTES 20

enum {
	USERNAME = 0x0006, MESSAGE_INTEGRITY = 0x0008, ERROR_CODE = 0x0009, XOR_MAPPED_ADDRESS = 0x0020, PRIORITY = 0x0024,
	USE_CANDIDATE = 0x0025, FINGERPRINT = 0x8028, ICE_CONTROLLED = 0x8029, ICE_CONTROLLING = 0x802a,
};

static guint16 get16 (const guint8 *at)
{
	return at[0] << 8 | at[1];
}

static guint32 get32 (const guint8 *at)
{
	return (guint32) get16 (at) << 16 | get16 (at + 2);
}

static void put16 (guint8 *at, guint16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32 (guint8 *at, guint32 value)
{
	put16 (at, value >> 16);
	put16 (at + 2, value);
}

/* CRC-32 of ISO 3309, bit by bit: a hundred bytes a few times a second. */
static guint32 crc32_of (const guint8 *data, gsize bytes)
{
	guint32 crc = 0xffffffff;
	for (gsize i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* HMAC-SHA1 over what comes before the attribute, with the length field as if it ended there. */
static void integrity_of (const guint8 *data, gsize integrity_at, const char *password, guint8 out[INTEGRITY_BYTES])
{
	guint8 copy[1500];
	memcpy (copy, data, integrity_at);
	put16 (copy + 2, integrity_at + 4 + INTEGRITY_BYTES - HEADER_BYTES);
	HMAC (EVP_sha1 (), password, (int) strlen (password), copy, integrity_at, out, NULL);
}

/* ---- reading ---- */

static void read_mapped (StunMessage *message, const guint8 *value, gsize bytes)
{
	if (bytes < 8 || value[1] != 1)
		return;
	message->mapped.sin_family = AF_INET;
	message->mapped.sin_port = htons (get16 (value + 2) ^ (COOKIE >> 16));
	message->mapped.sin_addr.s_addr = htonl (get32 (value + 4) ^ COOKIE);
}

static gboolean read_attribute (StunMessage *message, const guint8 *data, gsize at, guint type, gsize bytes)
{
	const guint8 *value = data + at + 4;
	switch (type) {
	case USERNAME:
		memcpy (message->username, value, MIN (bytes, sizeof message->username - 1));
		return TRUE;
	case MESSAGE_INTEGRITY:
		message->integrity_at = bytes == INTEGRITY_BYTES ? at : 0;
		return TRUE;
	case ERROR_CODE:
		message->error_code = bytes >= 4 ? (value[2] & 7) * 100 + value[3] : 0;
		return TRUE;
	case XOR_MAPPED_ADDRESS:
		read_mapped (message, value, bytes);
		return TRUE;
	case PRIORITY:
		message->priority = bytes == 4 ? get32 (value) : 0;
		return TRUE;
	case USE_CANDIDATE:
		message->use_candidate = TRUE;
		return TRUE;
	case ICE_CONTROLLING:
	case ICE_CONTROLLED:
		message->controlling |= type == ICE_CONTROLLING;
		message->controlled |= type == ICE_CONTROLLED;
		message->tie_breaker = bytes == 8 ? (guint64) get32 (value) << 32 | get32 (value + 4) : 0;
		return TRUE;
	case FINGERPRINT:
		return bytes == 4 && get32 (value) == (crc32_of (data, at) ^ FINGERPRINT_XOR);
	default:
		return TRUE;
	}
}

gboolean stun_read (const guint8 *data, gsize bytes, StunMessage *message)
{
	*message = (StunMessage) { 0 };
	if (bytes < HEADER_BYTES || bytes > 1400 || get32 (data + 4) != COOKIE || get16 (data + 2) + (gsize) HEADER_BYTES != bytes || bytes % 4)
		return FALSE;
	message->type = get16 (data);
	if ((message->type & ~0x0110) != STUN_REQUEST)
		return FALSE;
	memcpy (message->id, data + 8, STUN_ID_BYTES);
	for (gsize at = HEADER_BYTES; at < bytes;) {
		gsize length = get16 (data + at + 2), padded = (length + 3) & ~(gsize) 3;
		if (at + 4 + padded > bytes || !read_attribute (message, data, at, get16 (data + at), length))
			return FALSE;
		at += 4 + padded;
	}
	return TRUE;
}

gboolean stun_check (const guint8 *data, gsize bytes, const StunMessage *message, const char *password)
{
	guint8 expected[INTEGRITY_BYTES];
	if (!message->integrity_at || message->integrity_at + 4 + INTEGRITY_BYTES > bytes)
		return FALSE;
	integrity_of (data, message->integrity_at, password, expected);
	return memcmp (expected, data + message->integrity_at + 4, INTEGRITY_BYTES) == 0;
}

/* ---- writing ---- */

/* Appends an attribute; the buffer is large enough for one of each. */
static guint8 *append (guint8 *out, gsize *bytes, guint type, const void *value, gsize length)
{
	guint8 *at = out + *bytes;
	put16 (at, type);
	put16 (at + 2, length);
	memset (at + 4, 0, (length + 3) & ~(gsize) 3);
	if (value)
		memcpy (at + 4, value, length);
	*bytes += 4 + ((length + 3) & ~(gsize) 3);
	put16 (out + 2, *bytes - HEADER_BYTES);
	return at + 4;
}

static void append_role (guint8 *out, gsize *bytes, const StunMessage *message)
{
	if (!message->controlling && !message->controlled)
		return;
	guint8 *value = append (out, bytes, message->controlling ? ICE_CONTROLLING : ICE_CONTROLLED, NULL, 8);
	put32 (value, message->tie_breaker >> 32);
	put32 (value + 4, message->tie_breaker);
	if (message->use_candidate)
		append (out, bytes, USE_CANDIDATE, NULL, 0);
}

static void append_mapped (guint8 *out, gsize *bytes, const StunMessage *message)
{
	if (!message->mapped.sin_port)
		return;
	guint8 *value = append (out, bytes, XOR_MAPPED_ADDRESS, NULL, 8);
	value[1] = 1;
	put16 (value + 2, ntohs (message->mapped.sin_port) ^ (COOKIE >> 16));
	put32 (value + 4, ntohl (message->mapped.sin_addr.s_addr) ^ COOKIE);
}

gsize stun_write (guint8 out[STUN_MAX_BYTES], const StunMessage *message, const char *password)
{
	gsize bytes = HEADER_BYTES;
	put16 (out, message->type);
	put16 (out + 2, 0);
	put32 (out + 4, COOKIE);
	memcpy (out + 8, message->id, STUN_ID_BYTES);
	if (*message->username)
		append (out, &bytes, USERNAME, message->username, strnlen (message->username, sizeof message->username - 1));
	if (message->priority)
		put32 (append (out, &bytes, PRIORITY, NULL, 4), message->priority);
	append_role (out, &bytes, message);
	append_mapped (out, &bytes, message);
	if (message->error_code) {
		guint8 *value = append (out, &bytes, ERROR_CODE, NULL, 4);
		value[2] = message->error_code / 100;
		value[3] = message->error_code % 100;
	}
	gsize integrity_at = bytes;
	guint8 *integrity = append (out, &bytes, MESSAGE_INTEGRITY, NULL, INTEGRITY_BYTES);
	integrity_of (out, integrity_at, password, integrity);
	gsize fingerprint_at = bytes;
	guint8 *fingerprint = append (out, &bytes, FINGERPRINT, NULL, 4);
	put32 (fingerprint, crc32_of (out, fingerprint_at) ^ FINGERPRINT_XOR);
	return bytes;
}
