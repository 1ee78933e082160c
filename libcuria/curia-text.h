/* curia-text.h: text from outside: what may be in it, and how to show it. Private to libcuria.
 * Thread: any. Ownership: returned strings are the caller's. */
#ifndef CURIA_TEXT_H
#define CURIA_TEXT_H

#include <glib.h>

/* Whether c could forge lines, drive a terminal or make a name pose as another: C0, C1, line separators, and what
 * reorders the text around it. The marks LRM, RLM and ALM are none: they order only themselves, and right-to-left names
 * need them. Line breaks and tabs count unless `lines_allowed`. [any] */
gboolean text_is_control (gunichar c, gboolean lines_allowed);

/* The value in double quotes, shortened to 40 characters and escaped: fit for a message. [any] */
char *text_quote (const char *text);

#endif
