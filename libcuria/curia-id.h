/* curia-id.h: random identifiers and secrets, all from the operating system's generator.
 * Thread: any. Ownership: returned strings are the caller's. */
#ifndef CURIA_ID_H
#define CURIA_ID_H

#include <glib.h>

/* "MT_" + 16 characters of [0-9A-Za-z] (95 bits): ids of things in the store. [any] */
char *curia_id_new (const char *prefix);
/* A meeting code people can read out: "abcd-efgh-jkmn", 12 letters of 23 without i, l, o (54 bits). [any] */
char *curia_id_code (void);
/* Whether text has a code's shape; upper case and missing dashes are tolerated, and `normal` gets the normal form. */
gboolean curia_id_code_parse (const char *text, char **normal);
/* n bytes as unpadded base64url. [any] */
char *curia_id_secret (gsize n_bytes);
guint64 curia_id_random64 (void);
/* Compares secrets in constant time. [any] */
gboolean curia_id_secret_equal (const char *a, const char *b);

#endif
