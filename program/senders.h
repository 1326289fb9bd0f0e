/* senders.h - who sent which message, while a log is read: deliveries name the message's id only.
 */
#ifndef RBF_PROGRAM_SENDERS_H
#define RBF_PROGRAM_SENDERS_H
#include <stdbool.h>
#include <stddef.h>

/* So many messages are remembered; then the oldest are forgotten. */
enum { SENDERS_MAX = 200000 };

typedef struct senders senders;

senders *senders_new(void); /* NULL: no memory */
void senders_free(senders *s);
/* Remember; without memory it is not. */
void senders_put(senders *s, const char *id, const char *sender);
/* NULL: not known. Borrowed until the next senders_put. */
const char *senders_get(const senders *s, const char *id);
#endif
