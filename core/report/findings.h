/* findings.h - the sentences at the head of a report: what matters, and what to do about it. */
#ifndef RBF_REPORT_FINDINGS_H
#define RBF_REPORT_FINDINGS_H
#include "report/facts.h"

enum { RBF_SENTENCES = 3 };

/* The first says what happened, the others what matters most, most urgent first; there are always
 * three. Printable. */
void rbf_findings(const rbf_facts *facts, char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX]);

/* "suppressed 31 addresses and held outlook twice": what was not done because rebuff observes; ""
 * for nothing. Printable. */
void rbf_would_have(const rbf_facts *facts, char out[REBUFF_TEXT_MAX]);

/* "other" for the provider that no file names. */
const char *rbf_provider_shown(const char *name);
#endif
