#include "curia-database.h"

/* In the dialect that SQLite and PostgreSQL share. Times are milliseconds since 1970; 0 means "not yet". */
const Migration migrations[] = {
	{ 1, "meetings",
		"CREATE TABLE meetings ("
		" id TEXT PRIMARY KEY,"
		" code TEXT NOT NULL UNIQUE,"
		" title TEXT NOT NULL,"
		" video_codec TEXT NOT NULL,"
		" max_participants INTEGER NOT NULL,"
		" created_ms BIGINT NOT NULL,"
		" ended_ms BIGINT NOT NULL DEFAULT 0);"
		"CREATE INDEX meetings_newest ON meetings (created_ms DESC, id DESC);" },
	{ 0 },
};
