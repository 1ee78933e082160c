/* error-page.h: /docs/errors, where the `type` of problem documents leads: docs/errors.md as a page.
 * Thread: any. Ownership: the reply's. */
#ifndef API_ERROR_PAGE_H
#define API_ERROR_PAGE_H

#include "reply.h"

#define ERROR_PAGE_PATH "/docs/errors"

void error_page_answer (Reply *reply);
/* What of Markdown that page uses, as HTML: headings (the second kind with their text as id), paragraphs, `code`, **bold**;
 * links become their text, since other pages are not served. Caller frees. */
char *error_page_html (const char *markdown);

#endif
