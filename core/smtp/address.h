/* address.h - addresses and domains in the one form in which they are compared and stored. */
#ifndef RBF_SMTP_ADDRESS_H
#define RBF_SMTP_ADDRESS_H
#include "rebuff.h"

/*
 * Bring an address to the form used as a key: no brackets, no source route, local part unquoted
 * where the quotes are not needed and in ASCII lower case, domain in lower case A-labels (libidn2)
 * without a final dot. Local parts are case sensitive by RFC 5321 2.4, but MTAs lower them in
 * places
 * ($local_part of Exim), so joining and suppressing ignore case.
 * Returns REBUFF_OK; REBUFF_EPARSE (no '@', an empty part, control bytes), REBUFF_ELIMIT over 320
 * bytes.
 */
rebuff_status rbf_address_key(
	rebuff_span address, char out[REBUFF_ADDRESS_MAX + 1], rebuff_error *err);
/* The domain of a key or address: what follows the last '@'; "" when there is none. */
rebuff_span rbf_address_domain(rebuff_span address);
/* A domain in lower case A-labels without a final dot; address literals stay as they are.
 * REBUFF_EPARSE when it cannot be one, REBUFF_ELIMIT over 255 bytes. */
rebuff_status rbf_domain_key(
	rebuff_span domain, char out[REBUFF_DOMAIN_MAX + 1], rebuff_error *err);
#endif
