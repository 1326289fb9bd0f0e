/* systemd.h - the two small protocols of the service manager: sockets passed at start
 * (sd_listen_fds(3)) and readiness (sd_notify(3)). Without it, all of this does nothing. */
#ifndef RBF_PROGRAM_SYSTEMD_H
#define RBF_PROGRAM_SYSTEMD_H

/* The listening unix socket passed to this process whose file has this name; -1: none. It is set
 * to close on exec and not to block. */
int systemd_listening(const char *name);
/* Tell the service manager, for example "READY=1". */
void systemd_notify(const char *state);
#endif
