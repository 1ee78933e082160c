#include "config.h"
#include "plugins/room/commands.h"

static const Command *const commands[] = {
	&command_join, &command_publish, &command_configure, &command_unpublish, &command_leave,
	&command_moderate, &command_raise_hand, &command_react, &command_rename,
	&command_subscribe, &command_view, &command_pause, &command_quality, &command_report, &command_sync, &command_connection,
};

const Command *command_lookup (const char *name)
{
	for (guint i = 0; name && i < G_N_ELEMENTS (commands); i++)
		if (g_str_equal (commands[i]->name, name))
			return commands[i];
	return NULL;
}

char *command_names (void)
{
	GString *names = g_string_new (NULL);
	for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
		g_string_append_printf (names, "%s%s", i ? ", " : "", commands[i]->name);
	return g_string_free (names, FALSE);
}
