/* schema.h - the database's form, as steps from one version to the next. */
#ifndef RBF_STATE_SCHEMA_H
#define RBF_STATE_SCHEMA_H

/* rbf_schema_steps[v], statements ended by NULL, leads from user_version v to v + 1. */
extern const char *const *const rbf_schema_steps[];
extern const int rbf_schema_version; /* what this program writes; a higher one is refused */
#endif
