/* curia-options-private.h: options while they are read. Private to libcuria.
 * Thread: one, until the options are loaded. Ownership: values belong to the CuriaOptions. */
#ifndef CURIA_OPTIONS_PRIVATE_H
#define CURIA_OPTIONS_PRIVATE_H

#include "curia-options.h"

typedef struct {
	char *text;    /* STRING */
	gint64 number; /* INT, BOOL */
	char **list;   /* LIST */
} OptionValue;

struct CuriaOptions {
	char *folder; /* of the file */
	guint n;
	OptionValue values[]; /* by row of the table */
};

/* The row of "section.name", or -1. `name` NULL: the first row of the section. [any] */
int options_lookup_row (const char *section, const char *name);
/* Replaces values by those in the text. */
gboolean options_read (CuriaOptions *self, const char *text, const char *file, GError **error);

#endif
