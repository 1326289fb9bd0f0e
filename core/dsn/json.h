/* json.h - notices that providers send as JSON (Amazon SNS and its like), as "name: value" lines.
 */
#ifndef RBF_DSN_JSON_H
#define RBF_DSN_JSON_H
#include "dsn/arena.h"

/* `text` itself when it does not begin like an object; else a copy with each member on a line of
 * its own, strings unescaped (an object inside a string too). No structure is kept, nothing is
 * rejected. */
rebuff_span rbf_json_lines(rbf_arena *arena, rebuff_span text);
#endif
