/* exim_spool.h - what stands at the head of a message's -H file in Exim's queue. Pure. */
#ifndef RBF_MTACTL_EXIM_SPOOL_H
#define RBF_MTACTL_EXIM_SPOOL_H
#include <stdbool.h>
#include <stddef.h>

typedef struct {
	bool frozen;
	bool null_sender;
	const char *recipients; /* lines, one a recipient, delivered ones among them; with
				   rbx_spool_domain; NULL when they are not in the bytes */
	size_t recipients_len;
	bool all; /* every recipient is in the bytes */
} rbx_spool;

/*
 * Read the beginning of a -H file (Exim 4.96: its name, user, sender, times, options, the tree of
 * those who have it, recipients). Returns false when it is none, or ends before the options do.
 * Values of ACL variables, which may look like anything, are passed over by their stated length.
 */
bool rbx_spool_read(const char *bytes, size_t len, rbx_spool *out);

/* The domain of the first of these recipients; *rest is moved behind its line. False: there are no
 * more. A recipient without a domain gives an empty one. */
bool rbx_spool_domain(const char **rest, size_t *rest_len, const char **domain, size_t *domain_len);
#endif
