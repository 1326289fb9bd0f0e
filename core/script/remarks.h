/* remarks.h - a loaded policy, for people: what is odd in it, and the manual of its words. */
#ifndef RBF_SCRIPT_REMARKS_H
#define RBF_SCRIPT_REMARKS_H
#include "script/script.h"

/* What loads and yet cannot be what was meant, each with its place. */
void rbf_config_remarks(
	const rbf_config *config, void (*tell)(void *ud, const char *text), void *ud);
/* The reference manual of the schema, in Markdown. */
void rbf_config_reference(
	const rbf_config *config, void (*write)(void *ud, rebuff_span text), void *ud);
#endif
