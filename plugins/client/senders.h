/* senders.h - who sent which message, while a log is read: deliveries name the message's id only.
 */
#ifndef RBF_CLIENT_SENDERS_H
#define RBF_CLIENT_SENDERS_H
#include <stdbool.h>
#include <stddef.h>

/* So many messages are remembered; then the oldest are forgotten. */
enum { RBF_SENDERS_MAX = 200000 };

typedef struct rbf_senders rbf_senders;

rbf_senders *rbf_senders_new(void); /* NULL: no memory */
void rbf_senders_free(rbf_senders *s);
/* Remember; without memory it is not. */
void rbf_senders_put(rbf_senders *s, const char *id, const char *sender);
/* NULL: not known. Borrowed until the next rbf_senders_put. */
const char *rbf_senders_get(const rbf_senders *s, const char *id);
#endif
