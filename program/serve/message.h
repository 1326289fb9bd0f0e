/*
 * message.h - the request `message`: a message with an empty sender arrived. It is recorded, read
 * by the bounce thread, and what it says goes to the writer.
 */
#ifndef RBF_PROGRAM_MESSAGE_H
#define RBF_PROGRAM_MESSAGE_H
#include "serve/service.h"

/*
 * When it is answered: a mail server that waits in the middle of a transaction as soon as the
 * arrival is on disk, unless the policy may refuse it; the program of a pipe, which can come again,
 * when all is on disk.
 */
void message_take(service *s, request *r);
#endif
