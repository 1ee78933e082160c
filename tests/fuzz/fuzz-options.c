/* curia.jcfg files: whatever the text, either every option is within its bounds or one error says where it is not. */
#include "fuzz.h"

#include <string.h>
#include "curia-error.h"
#include "curia-fields.h"
#include "curia-options.h"

/* libconfig loses a string that the text does not end: once per start of the server, and not ours to mend. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
	return "leak:libconfig.so";
}

static void
check_value (const CuriaOptions *options, const CuriaOption *row)
{
	g_autofree char *path = g_strdup_printf ("%s.%s", row->section, row->name);

	if (row->type == CURIA_OPTION_INT)
		FUZZ_EXPECT (curia_options_int (options, path) >= row->min && curia_options_int (options, path) <= row->max);
	else if (row->type == CURIA_OPTION_STRING)
		FUZZ_EXPECT (g_utf8_validate (curia_options_string (options, path), -1, NULL));
	else if (row->type == CURIA_OPTION_LIST)
		FUZZ_EXPECT (g_strv_length ((char **) curia_options_list (options, path)) <= (guint) row->max);
	if (row->allowed != NULL)
		FUZZ_EXPECT (curia_words_contain (row->allowed, curia_options_string (options, path)));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup ((const char *) data, size);
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaOptions) options = curia_options_parse (text, "f", &error);

	FUZZ_EXPECT ((options == NULL) == (error != NULL));
	if (options == NULL) {
		FUZZ_EXPECT (g_error_matches (error, CURIA_ERROR, CURIA_ERROR_INVALID_FIELD));
		FUZZ_EXPECT (g_str_has_prefix (error->message, "f:") && strchr (error->message, '\n') == NULL);
		return 0;
	}
	for (const CuriaOption *row = curia_option_table; row->section != NULL; row++)
		check_value (options, row);
	return 0;
}
