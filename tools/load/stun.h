/* stun.h: STUN binding requests and answers (RFC 8489) as ICE (RFC 8445) uses them, with short-term credentials.
 * Thread: any, pure. Ownership: reads and writes the caller's buffers. */
#ifndef LOAD_STUN_H
#define LOAD_STUN_H

#include <glib.h>
#include <netinet/in.h>

#define STUN_MAX_BYTES 256
#define STUN_ID_BYTES 12

typedef enum { STUN_REQUEST = 0x0001, STUN_INDICATION = 0x0011, STUN_SUCCESS = 0x0101, STUN_ERROR = 0x0111 } StunType;

typedef struct {
	StunType type;
	guint8 id[STUN_ID_BYTES];
	char username[130];
	gboolean use_candidate, controlling, controlled;
	guint64 tie_breaker;
	guint32 priority;
	struct sockaddr_in mapped;
	int error_code;
	gsize integrity_at; /* offset of MESSAGE-INTEGRITY, 0: none */
} StunMessage;

/* FALSE: no well-formed binding message, or its FINGERPRINT is wrong. Integrity is checked apart, as the key depends on who asks. */
gboolean stun_read (const guint8 *data, gsize bytes, StunMessage *message);
gboolean stun_check (const guint8 *data, gsize bytes, const StunMessage *message, const char *password);

/* Write username, role, priority, mapped address or error code as far as they are set; give the number of bytes. */
gsize stun_write (guint8 out[STUN_MAX_BYTES], const StunMessage *message, const char *password);

#endif
