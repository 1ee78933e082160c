/* curia-log.h: one line per event, to a sink the module sets (Janus' log in the modules, stderr in tools).
 * Thread: any. Never call it per packet. Secrets and tokens are never arguments. */
#ifndef CURIA_LOG_H
#define CURIA_LOG_H

#include <glib.h>

typedef enum { CURIA_LOG_ERROR, CURIA_LOG_WARNING, CURIA_LOG_INFO, CURIA_LOG_DEBUG } CuriaLogLevel;
typedef void (*CuriaLogSink) (CuriaLogLevel level, const char *line);

/* Sets the process-wide sink; NULL restores stderr. [any] */
void curia_log_set_sink (CuriaLogSink sink);
void curia_log_set_level (CuriaLogLevel level);
/* Logs "area: text"; control characters from outside are escaped. [any] */
void curia_log (CuriaLogLevel level, const char *area, const char *format, ...) G_GNUC_PRINTF (3, 4);

#define curia_log_error(area, ...) curia_log (CURIA_LOG_ERROR, area, __VA_ARGS__)
#define curia_log_warning(area, ...) curia_log (CURIA_LOG_WARNING, area, __VA_ARGS__)
#define curia_log_info(area, ...) curia_log (CURIA_LOG_INFO, area, __VA_ARGS__)
#define curia_log_debug(area, ...) curia_log (CURIA_LOG_DEBUG, area, __VA_ARGS__)

#endif
