#include "config.h"
#include "events/ledger/ledger.h"

struct Ledger {
	CuriaNode *node;
};

Ledger *ledger_start (CuriaNode *take_node, GError **error)
{
	(void) error;
	Ledger *self = g_new0 (Ledger, 1);
	self->node = take_node;
	return self;
}

void ledger_stop (Ledger *self)
{
	curia_node_unref (self->node);
	g_free (self);
}

void ledger_take (Ledger *self, json_t *event)
{
	(void) self, (void) event;
}

json_t *ledger_stats (Ledger *self)
{
	(void) self;
	return json_object ();
}
