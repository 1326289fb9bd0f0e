/* server.h - who may ask rebuff-mtactl, one question after the other on each connection. */
#ifndef RBF_MTACTL_SERVER_H
#define RBF_MTACTL_SERVER_H
#include "mtactl/mta.h"

enum { RBF_CONNECTIONS_MAX = 144 }; /* 128 attempts and a listing at once, and some to spare */

typedef struct rbf_server rbf_server;

/*
 * Serve `listener` (a listening unix socket, not blocking) for processes of the user `engine` and
 * of root: `ping` is answered here, the rest by the mail server's side. `signals` is readable when
 * a signal has come, and gives its number as a byte: SIGCHLD, any other ends. NULL: no memory.
 */
rbf_server *rbf_server_new(const rbf_mta *mta, void *self, int listener, uid_t engine, int signals);
/* Until told to end. */
void rbf_server_run(rbf_server *s);
#endif
