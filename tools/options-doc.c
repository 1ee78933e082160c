/* options-doc: prints docs/options.md (`markdown`) or conf/curia.jcfg.sample (`sample`) from the table of options. */
#include <stdio.h>
#include "curia-options.h"

int
main (int argc, char **argv)
{
	g_autofree char *text = NULL;

	if (argc == 2 && g_str_equal (argv[1], "markdown"))
		text = curia_options_markdown ();
	else if (argc == 2 && g_str_equal (argv[1], "sample"))
		text = curia_options_sample ();
	if (text == NULL) {
		fprintf (stderr, "usage: options-doc markdown|sample\n");
		return 2;
	}
	fputs (text, stdout);
	return 0;
}
