/* curia-fields-private.h: how rows of a table of fields are read, for checks and schema alike. Private to libcuria.
 * Thread: any. Ownership: rows are constants. */
#ifndef CURIA_FIELDS_PRIVATE_H
#define CURIA_FIELDS_PRIVATE_H

#include "curia-fields.h"

static inline gboolean
field_is_bounded (const CuriaField *field)
{
	return field->min != 0 || field->max != 0;
}

/* What each item of an array must be: the table's unnamed row, or "an object with these fields". */
static inline CuriaField
field_of_items (const CuriaField *items)
{
	return *items->name ? (CuriaField) { .type = CURIA_FIELD_OBJECT, .items = items } : *items;
}

#endif
