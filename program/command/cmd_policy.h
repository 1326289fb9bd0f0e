/* cmd_policy.h - the parts of rebuff policy that have files of their own. argv[0] is the part's
 * name. */
#ifndef RBF_PROGRAM_CMD_POLICY_H
#define RBF_PROGRAM_CMD_POLICY_H
#include "common/command.h"

int policy_test(const command_options *options, int argc, char **argv);
int policy_diff(const command_options *options, int argc, char **argv);

/* The options of the library for a policy: where it is, and no database. `space` of
 * COMMAND_PATH_MAX bytes may be used. */
rebuff_options policy_options(const command_options *options, char *space);
#endif
