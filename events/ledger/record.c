#include "config.h"
#include "events/ledger/record.h"

#include <string.h>

#define CRC_POLYNOMIAL 0xEDB88320u
#define MAX_GAP 1000000 /* numbers are lost only when writing fails */

/* ---- CRC-32 as in Ethernet and zip ---- */

static guint32 crc_table[256];

static void fill_crc_table (void)
{
	for (guint32 i = 0; i < G_N_ELEMENTS (crc_table); i++) {
		guint32 value = i;

		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ CRC_POLYNOMIAL : value >> 1;
		crc_table[i] = value;
	}
}

guint32 record_crc32 (const guint8 *bytes, gsize n)
{
	static gsize filled;
	guint32 crc = 0xFFFFFFFFu;

	if (g_once_init_enter (&filled)) {
		fill_crc_table ();
		g_once_init_leave (&filled, 1);
	}
	for (gsize i = 0; i < n; i++)
		crc = crc_table[(crc ^ bytes[i]) & 0xFF] ^ crc >> 8;
	return ~crc;
}

/* ---- texts by kind ---- */

#define TEXT(field) G_STRUCT_OFFSET (Record, field)

static const struct {
	guint n;
	gsize offsets[7];
} texts_of[] = {
	[RECORD_EVENT] = { 7, { TEXT (id), TEXT (type), TEXT (node), TEXT (meeting), TEXT (code), TEXT (call), TEXT (data) } },
	[RECORD_SAMPLE] = { 3, { TEXT (id), TEXT (participation), TEXT (call) } },
};

/* ---- writing ---- */

static void append_32 (GByteArray *out, guint32 value)
{
	value = GUINT32_TO_LE (value);
	g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static void append_64 (GByteArray *out, gint64 value)
{
	value = GINT64_TO_LE (value);
	g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

/* With its NUL, so that a reader can point at it. */
static void append_text (GByteArray *out, const char *text)
{
	guint32 length = (guint32) strlen (text);

	append_32 (out, length);
	g_byte_array_append (out, (const guint8 *) text, length + 1);
}

void record_append (GByteArray *out, const Record *record)
{
	guint start = out->len;
	guint8 kind = (guint8) record->kind;

	append_32 (out, 0);
	append_32 (out, 0);
	append_64 (out, record->number);
	append_64 (out, record->time_ms);
	g_byte_array_append (out, &kind, 1);
	for (guint i = 0; i < texts_of[kind].n; i++)
		append_text (out, G_STRUCT_MEMBER (const char *, record, texts_of[kind].offsets[i]));
	for (guint i = 0; i < LEDGER_N_VALUES && kind == RECORD_SAMPLE; i++)
		append_64 (out, record->values[i]);
	guint32 length = out->len - start - FRAME_HEADER_BYTES;
	guint32 header[2] = { GUINT32_TO_LE (length),
		GUINT32_TO_LE (record_crc32 (out->data + start + FRAME_HEADER_BYTES, length)) };
	memcpy (out->data + start, header, sizeof header);
}

/* ---- reading ---- */

typedef struct {
	const guint8 *at, *end;
	gboolean ok;
} Cursor;

static const guint8 *take (Cursor *self, gsize n)
{
	const guint8 *at = self->at;

	self->ok = self->ok && (gsize) (self->end - self->at) >= n;
	if (!self->ok)
		return NULL;
	self->at += n;
	return at;
}

static guint32 take_32 (Cursor *self)
{
	const guint8 *at = take (self, sizeof (guint32));
	guint32 value = 0;

	if (at != NULL)
		memcpy (&value, at, sizeof value);
	return GUINT32_FROM_LE (value);
}

static gint64 take_64 (Cursor *self)
{
	const guint8 *at = take (self, sizeof (gint64));
	gint64 value = 0;

	if (at != NULL)
		memcpy (&value, at, sizeof value);
	return GINT64_FROM_LE (value);
}

static const char *take_text (Cursor *self)
{
	gsize length = take_32 (self);
	const char *text = (const char *) take (self, length + 1);

	self->ok = self->ok && text[length] == '\0' && strlen (text) == length;
	return self->ok ? text : "";
}

gboolean record_decode (const guint8 *payload, gsize length, Record *record)
{
	Cursor cursor = { payload, payload + length, TRUE };

	*record = (Record) { .number = take_64 (&cursor), .time_ms = take_64 (&cursor) };
	const guint8 *kind = take (&cursor, 1);
	if (kind == NULL || (*kind != RECORD_EVENT && *kind != RECORD_SAMPLE))
		return FALSE;
	record->kind = *kind;
	for (guint i = 0; i < texts_of[*kind].n; i++)
		G_STRUCT_MEMBER (const char *, record, texts_of[*kind].offsets[i]) = take_text (&cursor);
	for (guint i = 0; i < LEDGER_N_VALUES && *kind == RECORD_SAMPLE; i++)
		record->values[i] = take_64 (&cursor);
	return cursor.ok && cursor.at == cursor.end;
}

/* ---- frames ---- */

FrameState frame_look (const guint8 *bytes, gsize available, gsize *length, Record *record)
{
	Cursor cursor = { bytes, bytes + available, TRUE };
	gsize payload = take_32 (&cursor);
	guint32 crc = take_32 (&cursor);

	if (!cursor.ok)
		return FRAME_SHORT;
	if (payload > FRAME_MAX_BYTES - FRAME_HEADER_BYTES)
		return FRAME_DAMAGED;
	if (payload > available - FRAME_HEADER_BYTES)
		return FRAME_SHORT;
	if (record_crc32 (cursor.at, payload) != crc || !record_decode (cursor.at, payload, record))
		return FRAME_DAMAGED;
	*length = FRAME_HEADER_BYTES + payload;
	return FRAME_WHOLE;
}

gsize frame_search (const guint8 *bytes, gsize available, gint64 after)
{
	for (gsize i = 0; i + FRAME_HEADER_BYTES + sizeof (gint64) <= available; i++) {
		gint64 number;
		gsize length;
		Record record;

		memcpy (&number, bytes + i + FRAME_HEADER_BYTES, sizeof number);
		number = GINT64_FROM_LE (number);
		if (number > after && number <= after + MAX_GAP
			&& frame_look (bytes + i, available - i, &length, &record) == FRAME_WHOLE)
			return i;
	}
	return available;
}
