/* static.h: the web client's files.
 * Thread: worker (reads the disk). Ownership: the reply is the caller's. */
#ifndef API_STATIC_H
#define API_STATIC_H

#include "reply.h"

#define STATIC_MAX_BYTES (32 * 1024 * 1024)
#define STATIC_MAX_AGE_S 60

/* The file below the html folder that a URL path stands for: "/" and "/m/<code>" are pages, anything else is itself.
 * NULL for whatever is not made of plain names: no "..", no hidden files, no empty names. Caller frees. */
char *static_file_of (const char *path);
/* By the name's ending; "application/octet-stream" when unknown. */
const char *static_type_of (const char *name);

/* Answers GET for a path; conditional headers may be NULL. [worker] */
void static_handle (const char *folder, const char *path, const char *if_none_match, const char *if_modified_since, Reply *reply);

#endif
