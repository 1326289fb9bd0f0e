/* html.h - the words of an HTML body, without understanding the page. */
#ifndef RBF_DSN_HTML_H
#define RBF_DSN_HTML_H
#include "dsn/arena.h"

/* Text of an HTML part: tags left out (blocks become line ends, script, style and head vanish), the
 * common entities replaced. Linear; an empty span when there is no room. */
rebuff_span rbf_html_text(rbf_arena *arena, rebuff_span html);
#endif
