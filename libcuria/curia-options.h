/* curia-options.h: server options. One row gives parsing of the .jcfg file, checks, docs and the sample file.
 * Thread: loaded once, then read-only from any. Ownership: strings returned belong to the CuriaOptions.
 * Every module shares one file, curia.jcfg in Janus' configuration folder; a section per module. */
#ifndef CURIA_OPTIONS_H
#define CURIA_OPTIONS_H

#include <glib.h>

typedef enum { CURIA_OPTION_STRING, CURIA_OPTION_INT, CURIA_OPTION_BOOL, CURIA_OPTION_LIST } CuriaOptionType;

typedef struct {
	const char *section, *name;
	CuriaOptionType type;
	const char *fallback;  /* default as text: "8080", "true", "vp8,h264" for a LIST */
	gint64 min, max;       /* INT: range; STRING: length; LIST: items */
	const char *allowed;   /* "a|b|c" for STRING and each item of a LIST, or NULL */
	const char *prefix;    /* what a STRING and each item of a LIST must begin with, or NULL */
	gboolean secret;       /* never shown by dump or logs */
	const char *unit;      /* "ms", "bytes", "bit/s" or NULL */
	const char *doc;
} CuriaOption;

typedef struct CuriaOptions CuriaOptions;

/* The table of all options of all modules, ended by { 0 }; lives in curia-options-table.c. [any] */
extern const CuriaOption curia_option_table[];

/* Reads a .jcfg file (libconfig syntax). A missing file means defaults. Unknown sections or names, wrong types and
 * values out of range fail with INVALID_FIELD naming file, section.name, line and the allowed values. [any] */
CuriaOptions *curia_options_load (const char *path, GError **error);
/* The same from memory; `file` is for messages and for curia_options_file. [any] */
CuriaOptions *curia_options_parse (const char *text, const char *file, GError **error);
void curia_options_free (CuriaOptions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CuriaOptions, curia_options_free)

/* Value of "section.name". Asking for an option that has no row, or by the wrong type, is a programming error. [any] */
const char *curia_options_string (const CuriaOptions *self, const char *path);
gint64 curia_options_int (const CuriaOptions *self, const char *path);
gboolean curia_options_bool (const CuriaOptions *self, const char *path);
const char *const *curia_options_list (const CuriaOptions *self, const char *path); /* NULL-terminated */
/* A STRING that names a file or folder: below the folder of curia.jcfg when relative; "" stays "". Caller frees. */
char *curia_options_file (const CuriaOptions *self, const char *path);

/* The sample curia.jcfg, and the table for docs/options.md. Caller frees. [any] */
char *curia_options_sample (void);
char *curia_options_markdown (void);

#endif
