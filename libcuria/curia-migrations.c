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
	{ 3, "calls: what happened in meetings",
		/* Numbers that count up: 'events' for all of them, 'meeting:<id>' for those of one meeting, 'webhook:<id>' for what
		 * webhooks are told of one. Whoever counts holds the row until the commit, so numbers become visible in order. */
		"CREATE TABLE sequences (name TEXT PRIMARY KEY, value BIGINT NOT NULL);"
		"CREATE TABLE spools (id TEXT PRIMARY KEY, node TEXT NOT NULL, position BIGINT NOT NULL);"
		"CREATE TABLE events ("
		" seq BIGINT PRIMARY KEY,"
		" id TEXT NOT NULL UNIQUE,"
		" type TEXT NOT NULL,"
		" time_ms BIGINT NOT NULL,"
		" node TEXT NOT NULL,"
		" meeting TEXT NOT NULL," /* id; '': of no meeting. Nothing here refers to `meetings`: history outlives them */
		" meeting_seq BIGINT NOT NULL,"
		" call_id TEXT NOT NULL,"
		" data TEXT NOT NULL);"
		"CREATE INDEX events_of_meeting ON events (meeting, seq);"
		"CREATE INDEX events_by_time ON events (time_ms);"
		"CREATE TABLE calls ("
		" id TEXT PRIMARY KEY,"
		" meeting TEXT NOT NULL,"
		" code TEXT NOT NULL,"
		" title TEXT NOT NULL,"
		" node TEXT NOT NULL,"
		" started_ms BIGINT NOT NULL,"
		" ended_ms BIGINT NOT NULL DEFAULT 0,"
		" end_reason TEXT NOT NULL DEFAULT '',"
		" last_ms BIGINT NOT NULL,"
		" join_failures INTEGER NOT NULL DEFAULT 0);"
		"CREATE INDEX calls_of_meeting ON calls (meeting, started_ms DESC, id DESC);"
		"CREATE INDEX calls_newest ON calls (started_ms DESC, id DESC);"
		"CREATE INDEX calls_open ON calls (node, ended_ms);"
		"CREATE TABLE participations ("
		" id TEXT PRIMARY KEY,"
		" call_id TEXT NOT NULL,"
		" meeting TEXT NOT NULL,"
		" participant TEXT NOT NULL,"
		" identity TEXT NOT NULL,"
		" name TEXT NOT NULL,"
		" role TEXT NOT NULL,"
		" joined_ms BIGINT NOT NULL,"
		" left_ms BIGINT NOT NULL DEFAULT 0,"
		" leave_reason TEXT NOT NULL DEFAULT '',"
		" join_ms BIGINT NOT NULL DEFAULT -1," /* -1: no media came, or not yet */
		" spoke_ms BIGINT NOT NULL DEFAULT 0,"
		" reconnects INTEGER NOT NULL DEFAULT 0);"
		"CREATE INDEX participations_of_call ON participations (call_id, joined_ms, id);"
		"CREATE INDEX participations_of_identity ON participations (identity, joined_ms);"
		"CREATE TABLE tracks ("
		" id TEXT PRIMARY KEY,"
		" participation TEXT NOT NULL,"
		" call_id TEXT NOT NULL,"
		" source TEXT NOT NULL,"
		" codec TEXT NOT NULL,"
		" published_ms BIGINT NOT NULL,"
		" unpublished_ms BIGINT NOT NULL DEFAULT 0,"
		" muted_ms BIGINT NOT NULL DEFAULT 0," /* since when; 0: not */
		" muted_total_ms BIGINT NOT NULL DEFAULT 0);"
		"CREATE INDEX tracks_of_participation ON tracks (participation, published_ms);"
		"CREATE INDEX tracks_of_call ON tracks (call_id);"
		/* -1: not known. Loss in millionths, of what was sent to (down) or by (up) the participant. */
		"CREATE TABLE quality_samples ("
		" event TEXT PRIMARY KEY,"
		" participation TEXT NOT NULL,"
		" call_id TEXT NOT NULL,"
		" time_ms BIGINT NOT NULL,"
		" rtt_us BIGINT NOT NULL,"
		" down_bps BIGINT NOT NULL,"
		" down_loss_ppm BIGINT NOT NULL,"
		" down_jitter_us BIGINT NOT NULL,"
		" up_bps BIGINT NOT NULL,"
		" up_loss_ppm BIGINT NOT NULL,"
		" up_jitter_us BIGINT NOT NULL,"
		" estimate_bps BIGINT NOT NULL,"
		" paused_slots INTEGER NOT NULL,"
		" freezes INTEGER NOT NULL," /* since the last sample, as the client reports them */
		" frozen_ms BIGINT NOT NULL,"
		" spoke_ms BIGINT NOT NULL);"
		"CREATE INDEX quality_of_call ON quality_samples (call_id, participation, time_ms);"
		"CREATE INDEX quality_by_time ON quality_samples (time_ms);" },
	{ 4, "webhooks",
		"CREATE TABLE webhooks ("
		" id TEXT PRIMARY KEY,"
		" url TEXT NOT NULL,"
		" key_id TEXT NOT NULL," /* of token.keys: signs what is sent */
		" events TEXT NOT NULL," /* comma-separated; '': all */
		" meeting TEXT NOT NULL," /* id; '': all */
		" enabled INTEGER NOT NULL,"
		" created_ms BIGINT NOT NULL);"
		"CREATE TABLE deliveries ("
		" id TEXT PRIMARY KEY," /* <webhook>.<event> */
		" webhook TEXT NOT NULL,"
		" event TEXT NOT NULL,"
		" type TEXT NOT NULL,"
		" meeting TEXT NOT NULL,"
		" number BIGINT NOT NULL," /* of the meeting, for this webhook: 1, 2, 3... */
		" body TEXT NOT NULL,"
		" state TEXT NOT NULL," /* waiting, delivered, dead */
		" created_ms BIGINT NOT NULL,"
		" tries INTEGER NOT NULL DEFAULT 0,"
		" next_ms BIGINT NOT NULL,"
		" leased_until_ms BIGINT NOT NULL DEFAULT 0,"
		" done_ms BIGINT NOT NULL DEFAULT 0,"
		" last_error TEXT NOT NULL DEFAULT '');"
		"CREATE INDEX deliveries_due ON deliveries (state, next_ms);"
		"CREATE INDEX deliveries_in_order ON deliveries (webhook, meeting, number);" },
	{ 5, "webhooks: finding what is due in a long queue",
		/* since when it has been tried, or is to be: a replay begins again */
		"ALTER TABLE deliveries ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0;"
		"CREATE INDEX deliveries_waiting ON deliveries (webhook, meeting, number) WHERE state = 'waiting';"
		"CREATE INDEX deliveries_due_of_webhook ON deliveries (webhook, state, next_ms);"
		"CREATE INDEX deliveries_newest ON deliveries (webhook, state, created_ms DESC, id DESC);" },
	{ 6, "calls by the meeting's public name",
		"CREATE INDEX calls_of_code ON calls (code, started_ms DESC, id DESC);" },
	{ 7, "who may do what in a meeting, and whose it is",
		/* numbers of CuriaRules, see curia-rules.h */
		"ALTER TABLE meetings ADD COLUMN waiting_room INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN join_before_host INTEGER NOT NULL DEFAULT 1;"
		"ALTER TABLE meetings ADD COLUMN mute_on_entry INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN guests INTEGER NOT NULL DEFAULT 1;"
		"ALTER TABLE meetings ADD COLUMN share_screen INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN chat INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN unmute INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN rename INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN record INTEGER NOT NULL DEFAULT 2;"
		"ALTER TABLE meetings ADD COLUMN end_when_empty_min INTEGER NOT NULL DEFAULT 0;"
		"ALTER TABLE meetings ADD COLUMN owner TEXT NOT NULL DEFAULT '';" /* id of an account; '': nobody's */
		"ALTER TABLE meetings ADD COLUMN password TEXT NOT NULL DEFAULT '';" /* argon2id; '': none */
		"CREATE INDEX meetings_of_owner ON meetings (owner, created_ms DESC, id DESC);"
		"CREATE TABLE members ("
		" meeting TEXT NOT NULL,"
		" account TEXT NOT NULL,"
		" role TEXT NOT NULL," /* host, moderator, participant, viewer */
		" added_ms BIGINT NOT NULL,"
		" PRIMARY KEY (meeting, account));"
		"CREATE INDEX members_of_account ON members (account);"
		/* Whoever was removed: tokens made before do not count any more; banned: nor do later ones. */
		"CREATE TABLE removals ("
		" meeting TEXT NOT NULL,"
		" identity TEXT NOT NULL,"
		" name TEXT NOT NULL,"
		" removed_ms BIGINT NOT NULL,"
		" banned INTEGER NOT NULL,"
		" removed_by TEXT NOT NULL,"
		" PRIMARY KEY (meeting, identity));"
		"CREATE TABLE audit ("
		" id TEXT PRIMARY KEY,"
		" time_ms BIGINT NOT NULL,"
		" actor TEXT NOT NULL," /* account, API key or identity */
		" actor_name TEXT NOT NULL,"
		" address TEXT NOT NULL,"
		" action TEXT NOT NULL," /* such as meeting.update, participant.remove, session.create */
		" target TEXT NOT NULL,"
		" meeting TEXT NOT NULL," /* id; '': of no meeting */
		" result TEXT NOT NULL," /* done, refused */
		" detail TEXT NOT NULL);" /* JSON; never a secret */
		"CREATE INDEX audit_newest ON audit (time_ms DESC, id DESC);"
		"CREATE INDEX audit_of_meeting ON audit (meeting, time_ms DESC, id DESC);" },
	{ 8, "accounts and their sessions",
		"CREATE TABLE accounts ("
		" id TEXT PRIMARY KEY,"
		" email TEXT NOT NULL UNIQUE," /* in small letters */
		" email_verified INTEGER NOT NULL,"
		" name TEXT NOT NULL,"
		" password TEXT NOT NULL," /* argon2id; '': signs in by a provider only */
		" role TEXT NOT NULL," /* admin, user */
		" state TEXT NOT NULL," /* active, disabled */
		" avatar TEXT NOT NULL DEFAULT '',"
		" language TEXT NOT NULL DEFAULT '',"
		" preferences TEXT NOT NULL DEFAULT '{}'," /* JSON */
		" created_ms BIGINT NOT NULL,"
		" signed_in_ms BIGINT NOT NULL DEFAULT 0);"
		"CREATE INDEX accounts_newest ON accounts (created_ms DESC, id DESC);"
		/* Who a provider of OpenID Connect says it is. */
		"CREATE TABLE account_identities ("
		" issuer TEXT NOT NULL,"
		" subject TEXT NOT NULL,"
		" account TEXT NOT NULL,"
		" linked_ms BIGINT NOT NULL,"
		" PRIMARY KEY (issuer, subject));"
		"CREATE INDEX account_identities_of ON account_identities (account);"
		/* One row a family of refresh tokens: each use counts `generation` up, an old one ends the family. */
		"CREATE TABLE sessions ("
		" id TEXT PRIMARY KEY,"
		" account TEXT NOT NULL,"
		" secret TEXT NOT NULL," /* SHA-256 of what only its refresh tokens contain */
		" generation BIGINT NOT NULL,"
		" created_ms BIGINT NOT NULL,"
		" used_ms BIGINT NOT NULL,"
		" expires_ms BIGINT NOT NULL,"
		" address TEXT NOT NULL,"
		" agent TEXT NOT NULL);"
		"CREATE INDEX sessions_of_account ON sessions (account, used_ms DESC);"
		"CREATE INDEX sessions_by_end ON sessions (expires_ms);"
		/* Links that work once: the first admin's, a forgotten password's. */
		"CREATE TABLE one_time_links ("
		" secret TEXT PRIMARY KEY," /* SHA-256 */
		" purpose TEXT NOT NULL,"
		" account TEXT NOT NULL,"
		" expires_ms BIGINT NOT NULL);" },
	{ 9, "API keys, and secrets that nodes share",
		"CREATE TABLE api_keys ("
		" id TEXT PRIMARY KEY," /* iss of the tokens */
		" name TEXT NOT NULL,"
		" algorithm TEXT NOT NULL," /* HS256, RS256, ES256 */
		" secret TEXT NOT NULL," /* HS256: sealed; else the public key as PEM */
		" scopes TEXT NOT NULL," /* comma-separated grants that its tokens may hold; '': all */
		" created_by TEXT NOT NULL,"
		" created_ms BIGINT NOT NULL,"
		" expires_ms BIGINT NOT NULL DEFAULT 0,"
		" revoked_ms BIGINT NOT NULL DEFAULT 0,"
		" used_ms BIGINT NOT NULL DEFAULT 0);"
		"CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL, made_ms BIGINT NOT NULL);" },
	{ 0 },
};
