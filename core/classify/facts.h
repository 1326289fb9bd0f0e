/* facts.h - what the text of a reply states besides its meaning. */
#ifndef RBF_CLASSIFY_FACTS_H
#define RBF_CLASSIFY_FACTS_H
#include "rebuff.h"

/*
 * Fill wait_s, fact_ip, fact_address, fact_list, fact_url, fact_domain, fact_auth, fact_tag and
 * fact_limit of out from the text (already without codes and line joins); "" or 0 for what it does
 * not state. One pass and no allocation. A wait over 24 h is taken as 24 h.
 */
void rbf_facts(rebuff_span text, rebuff_classification *out);
#endif
