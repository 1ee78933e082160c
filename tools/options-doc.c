/* options-doc: prints docs/options.md (`markdown`) or conf/curia.jcfg.sample (`sample`) from the table of options; `check FILE`
 * says what is wrong with a curia.jcfg and exits with 1, or says nothing. */
#include <stdio.h>
#include "curia-options.h"

static int
check (const char *path)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (CuriaOptions) options = curia_options_load (path, &error);

	if (options == NULL)
		printf ("%s\n", error->message);
	return options == NULL;
}

int
main (int argc, char **argv)
{
	g_autofree char *text = NULL;

	if (argc == 3 && g_str_equal (argv[1], "check"))
		return check (argv[2]);
	if (argc == 2 && g_str_equal (argv[1], "markdown"))
		text = curia_options_markdown ();
	else if (argc == 2 && g_str_equal (argv[1], "sample"))
		text = curia_options_sample ();
	if (text == NULL) {
		fprintf (stderr, "usage: options-doc markdown|sample|check FILE\n");
		return 2;
	}
	fputs (text, stdout);
	return 0;
}
