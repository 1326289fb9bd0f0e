/* status.h - delivery-status fields (RFC 3464, RFC 6533) and feedback fields (RFC 5965, RFC 6591).
 */
#ifndef RBF_DSN_STATUS_H
#define RBF_DSN_STATUS_H
#include "dsn/report.h"

/* Add what the groups of fields in `text` say. Groups that run into each other, blank lines inside
 * a group, fields in any order, unknown types and missing fields are taken as they come. */
void rbf_status_read(rebuff_span text, rbf_recipients *list);
/* Does the text hold delivery-status fields, though its type does not say so? */
bool rbf_status_sniff(rebuff_span text);
/* Add the recipients that a feedback report names; sets feedback_type, sender, reporting_mta. */
void rbf_feedback_read(rebuff_span text, rbf_recipients *list);
/* The same for a disposition notification (RFC 8098): whose answer it is. */
void rbf_disposition_read(rebuff_span text, rbf_recipients *list);
/* Does it say that the message was thrown away unread, by itself? So do filters refuse (RFC 5429).
 */
bool rbf_disposition_is_refusal(rebuff_span text);
#endif
