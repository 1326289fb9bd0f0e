/* mail.h - the requests of a mail server about its mail (docs/protocol.md). Each answers the
 * request and frees it, now or when the writer is done. */
#ifndef RBF_PROGRAM_MAIL_H
#define RBF_PROGRAM_MAIL_H
#include "serve/service.h"

void mail_gate(service *s, request *r);
void mail_result(service *s, request *r);
void mail_submit(service *s, request *r);
void mail_commit(service *s, request *r);
void mail_committed(service *s, request *r);
void mail_return_path(service *s, request *r);
#endif
