/* curia-jws-private.h: what a key is made of. Private to libcuria. Thread: any. Ownership: the key owns its numbers. */
#ifndef CURIA_JWS_PRIVATE_H
#define CURIA_JWS_PRIVATE_H

#include "curia-jws.h"

struct CuriaJwsKey {
	CuriaJwsAlgorithm algorithm;
	GBytes *first, *second; /* the secret and NULL; modulus and exponent; x and y */
};

/* Strict base64url (RFC 7515, 2): one alphabet, no padding, no stray bits in the last letter, so that bytes have exactly
 * one spelling. NULL when it is anything else. Caller frees. */
guint8 *jws_decode (const char *text, gsize *n_bytes);

#endif
