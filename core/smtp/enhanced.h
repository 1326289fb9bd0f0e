/* enhanced.h - enhanced status codes (RFC 3463, RFC 2034, RFC 5248). */
#ifndef RBF_SMTP_ENHANCED_H
#define RBF_SMTP_ENHANCED_H
#include "rebuff.h"

/* class.subject.detail; class 0: there is none. class 2, 4 or 5; subject and detail 0..999. */
typedef struct {
	uint8_t class_;
	uint16_t subject;
	uint16_t detail;
} rbf_enhanced;

/* Read an enhanced code at the start of s. Returns its length in bytes, or 0 when there is none
 * ("5.1.1" yes; "5.1.1.2", "5.1", "15.1.1", an IP address: no). Leading zeros are refused as RFC
 * 3463 2 says. */
size_t rbf_enhanced_parse(rebuff_span s, rbf_enhanced *out);
/* "5.1.1", or "" for none, into dst[16]. */
void rbf_enhanced_format(char dst[16], rbf_enhanced e);
#endif
