#include "config.h"
#include "plugins/room/vacancy.h"

Vacancies *vacancy_new (void)
{
	return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void vacancy_add (Vacancies *self, const char *code, gint64 due_us)
{
	if (g_hash_table_size (self) < VACANCY_MAX || g_hash_table_contains (self, code))
		g_hash_table_insert (self, g_strdup (code), g_memdup2 (&due_us, sizeof due_us));
}

void vacancy_remove (Vacancies *self, const char *code)
{
	g_hash_table_remove (self, code);
}

char *vacancy_take_due (Vacancies *self, gint64 now_us)
{
	GHashTableIter iter;
	gpointer code, due_us;
	g_hash_table_iter_init (&iter, self);
	while (g_hash_table_iter_next (&iter, &code, &due_us))
		if (*(gint64 *) due_us <= now_us) {
			char *taken = g_strdup (code);
			g_hash_table_iter_remove (&iter);
			return taken;
		}
	return NULL;
}

gboolean vacancy_is_none (Vacancies *self)
{
	return g_hash_table_size (self) == 0;
}
