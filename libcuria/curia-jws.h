/* curia-jws.h: signed JWTs (RFC 7515, 7518): keys whose algorithm is pinned, and the one way in which a signature is checked.
 * Nothing that a token says chooses how it is checked: who verifies brings the key, and the key its algorithm. Thread: any;
 * keys are counted and never change. Ownership: results belong to the caller. */
#ifndef CURIA_JWS_H
#define CURIA_JWS_H

#include <glib.h>
#include <jansson.h>

typedef enum { CURIA_JWS_HS256, CURIA_JWS_RS256, CURIA_JWS_ES256, CURIA_N_JWS } CuriaJwsAlgorithm;
#define CURIA_JWS_NAMES "HS256|RS256|ES256"

const char *curia_jws_name (CuriaJwsAlgorithm algorithm);

typedef struct CuriaJwsKey CuriaJwsKey;

/* HS256. INVALID_FIELD below 32 bytes. [any] */
CuriaJwsKey *curia_jws_key_new_secret (const char *secret, GError **error);
/* A public key as PEM ("BEGIN PUBLIC KEY"): RS256 of RSA with 2048 to 8192 bits, ES256 of P-256. INVALID_FIELD for others, and
 * for private keys, which have no business here. [any] */
CuriaJwsKey *curia_jws_key_new_pem (const char *pem, GError **error);
/* The same of a JWK (RFC 7517) that may be used for signatures. [any] */
CuriaJwsKey *curia_jws_key_new_jwk (json_t *jwk, GError **error);
CuriaJwsKey *curia_jws_key_ref (CuriaJwsKey *self);
void curia_jws_key_unref (CuriaJwsKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaJwsKey, curia_jws_key_unref)
CuriaJwsAlgorithm curia_jws_key_algorithm (const CuriaJwsKey *self);
/* Whether it can sign: HS256 only, of the others we have public keys. [any] */
gboolean curia_jws_key_signs (const CuriaJwsKey *self);

typedef struct {
	char *text;
	CuriaJwsAlgorithm algorithm; /* that the token claims */
	char *kid;                   /* or NULL */
	json_t *payload;             /* an object; to be believed only when curia_jws_verify says so */
	gsize signature_bytes;
} CuriaJws;

/* Takes a compact JWS apart. UNAUTHORIZED when it is longer than max_bytes, is not spelled in the one way there is, or has
 * a header that names another algorithm, brings a key of its own or must be understood in ways that we do not. [any] */
CuriaJws *curia_jws_parse (const char *text, gsize max_bytes, GError **error);
void curia_jws_free (CuriaJws *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaJws, curia_jws_free)
/* UNAUTHORIZED when its algorithm is not the key's, or its signature not of the key. [any] */
gboolean curia_jws_verify (const CuriaJws *self, const CuriaJwsKey *key, GError **error);

/* Compact JWS with typ "JWT". INTERNAL when the key cannot sign. Caller frees. [any] */
char *curia_jws_sign (const CuriaJwsKey *key, const char *payload, GError **error);

#endif
