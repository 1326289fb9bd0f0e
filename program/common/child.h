/* child.h - run another program to its end. */
#ifndef RBF_PROGRAM_CHILD_H
#define RBF_PROGRAM_CHILD_H

/* Run argv[0] (found by PATH) with no standard input. Standard output and standard error go to the
 * file `output`, made anew; NULL: to ours. Returns its exit status, 127 when it could not be
 * started. */
int child_run(const char *const *argv, const char *output);
#endif
