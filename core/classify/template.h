/* template.h - the form of a reply: what is the same in all replies of its kind, and the rule in
 * Lua that would know it. */
#ifndef RBF_CLASSIFY_TEMPLATE_H
#define RBF_CLASSIFY_TEMPLATE_H
#include "base/buf.h"
#include "rebuff.h"

enum { RBF_TEMPLATE_MAX = 1024 };

/*
 * The text of a reply (without codes) in lower case, with <address>, <url>, <ip>, <host>, <date>,
 * <id> and <n> in place of what differs from reply to reply. Two of a kind side by side are one.
 * Cut at RBF_TEMPLATE_MAX. Returns its length.
 */
size_t rbf_template(rebuff_span text, char out[RBF_TEMPLATE_MAX]);
/* A Lua string literal of these bytes, whatever they are: printable ASCII, the rest as \xHH. */
void rbf_template_quote(rbf_buf *b, rebuff_span bytes);
/* `text = "..."` or `text = { "...", "..." }`: the words of the template that a rule can look for.
 * False, and nothing written, when there are none. */
bool rbf_template_phrases(rbf_buf *b, rebuff_span form);
#endif
