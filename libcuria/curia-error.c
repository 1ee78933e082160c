#include "curia-error.h"

#include <string.h>

static const CuriaErrorRow rows[CURIA_N_ERRORS] = {
#define X(symbol, wire, http, slug, title) [CURIA_ERROR_##symbol] = { CURIA_ERROR_##symbol, wire, http, slug, title },
	CURIA_ERRORS (X)
#undef X
};

G_DEFINE_QUARK (curia - error - quark, curia_error)

const CuriaErrorRow *curia_error_row_of (CuriaErrorCode code)
{
	return &rows[(guint) code < CURIA_N_ERRORS ? code : CURIA_ERROR_INTERNAL];
}

const CuriaErrorRow *curia_error_row (const GError *error)
{
	return curia_error_row_of (
		error != NULL && error->domain == CURIA_ERROR ? (CuriaErrorCode) error->code : CURIA_ERROR_INTERNAL);
}

gboolean curia_throw (GError **error, CuriaErrorCode code, const char *format, ...)
{
	va_list args;

	va_start (args, format);
	g_propagate_error (error, g_error_new_valist (CURIA_ERROR, code, format, args));
	va_end (args);
	return FALSE;
}

char *curia_error_field (const GError *error)
{
	CuriaErrorCode code = curia_error_row (error)->code;
	gsize length;

	if (code != CURIA_ERROR_MISSING_FIELD && code != CURIA_ERROR_INVALID_FIELD)
		return NULL;
	length = strspn (error->message, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-.[]");
	/* "curia.jcfg:3: ..." and quoted names are no paths */
	return length > 0 && error->message[length] == ' ' ? g_strndup (error->message, length) : NULL;
}

char *curia_error_url (const GError *error)
{
	const char *space;

	if (curia_error_row (error)->code != CURIA_ERROR_WRONG_NODE)
		return NULL;
	space = strrchr (error->message, ' ');
	return space != NULL && g_str_has_prefix (space + 1, "ws") ? g_strdup (space + 1) : NULL;
}
