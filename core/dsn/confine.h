/* confine.h - give up what the process that reads messages does not need. */
#ifndef RBF_DSN_CONFINE_H
#define RBF_DSN_CONFINE_H

/*
 * For the rest of this process's life: no rights of root (it becomes nobody), no new privileges, no
 * new process, no socket, no other program, no look into another process, no file written, renamed
 * or removed. What is open stays so, and files can be read (character sets are loaded when a
 * message names them). What the kernel cannot do is left out.
 */
void rbf_confine(void);
#endif
