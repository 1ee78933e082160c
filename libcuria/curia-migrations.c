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
	{ 2, "settings of meetings; 0: as the server's options say",
		"ALTER TABLE meetings ADD COLUMN max_publishers INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN camera_bitrate_bps INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN screen_bitrate_bps INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN simulcast_layers INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN audio_slots INTEGER NOT NULL DEFAULT 0;" },
	{ 0 },
};
