/* names.c - every enum of rebuff.h as it is printed and read. */
#include "base/span.h"

#define NAME_OF(table, n, i) ((size_t)(i) < (n) ? (table)[i] : "?")

static int of_name(const char *const *table, size_t n, rebuff_span name)
{
	for (size_t i = 0; i < n; i++)
		if (rbf_span_eq(name, rbf_span_of(table[i])))
			return (int)i;
	return -1;
}

#define DEFINE_NAMES(type, prefix, count, ...)                                                     \
	static const char *const prefix##_names[count] = {__VA_ARGS__};                            \
	const char *rebuff_##prefix##_name(type value)                                             \
	{                                                                                          \
		return NAME_OF(prefix##_names, (size_t)(count), value);                            \
	}                                                                                          \
	int rebuff_##prefix##_of_name(rebuff_span name)                                            \
	{                                                                                          \
		return of_name(prefix##_names, (size_t)(count), name);                             \
	}

DEFINE_NAMES(rebuff_category, category, REBUFF_CATEGORY_N, "unclassified", "address-bad",
	"recipient-refused", "domain-bad", "mailbox-full", "mailbox-disabled", "sender-rejected",
	"ip-blocked", "rate-limited", "greylisted", "content-blocked", "policy", "auth-failed",
	"relay-denied", "message-too-big", "system-error", "protocol-error", "network-error",
	"expired", "complaint", "autoreply", "delivered")
DEFINE_NAMES(rebuff_fault, fault, REBUFF_FAULT_N, "unknown", "recipient", "message", "sender-ip",
	"sender-domain", "receiver", "network", "us", "none")
DEFINE_NAMES(rebuff_stage, stage, REBUFF_STAGE_N, "unknown", "connect", "banner", "ehlo", "tls",
	"auth", "mail", "rcpt", "data", "dot", "dns")
DEFINE_NAMES(rebuff_scope, scope, REBUFF_SCOPE_N, "none", "ip", "netblock", "domain", "url",
	"recipient", "transaction", "session")
DEFINE_NAMES(rebuff_action, action, REBUFF_ACTION_N, "none", "retry", "slow", "soft", "suppress",
	"bounce", "hold")
DEFINE_NAMES(rebuff_mta, mta, REBUFF_MTA_N, "exim", "opensmtpd", "postfix")
DEFINE_NAMES(rebuff_kind, kind, REBUFF_KIND_N, "host-defer", "rcpt-defer", "message-defer",
	"failed", "delivered", "complete")
DEFINE_NAMES(rebuff_class, class, REBUFF_CLASS_N, "bounce", "soft", "complaint", "unsubscribed",
	"manual")

static const char *const verdict_names[] = {"go", "wait", "fail", "discard", "accept", "refuse"};

const char *rebuff_verdict_name(rebuff_verdict verdict)
{
	return NAME_OF(verdict_names, sizeof verdict_names / sizeof *verdict_names, verdict);
}

static const char *const trust_names[] = {"unverified", "probable", "proven"};

const char *rebuff_trust_name(rebuff_trust trust)
{
	return NAME_OF(trust_names, sizeof trust_names / sizeof *trust_names, trust);
}

static const char *const message_kind_names[REBUFF_MESSAGE_N] = {
	"none", "bounce", "delayed", "delivered", "complaint", "autoreply"};

const char *rebuff_message_kind_name(rebuff_message_kind kind)
{
	return NAME_OF(message_kind_names, REBUFF_MESSAGE_N, kind);
}

static const char *const dsn_action_names[REBUFF_DSN_N] = {
	"", "failed", "delayed", "delivered", "relayed", "expanded"};

const char *rebuff_dsn_action_name(rebuff_dsn_action action)
{
	return NAME_OF(dsn_action_names, REBUFF_DSN_N, action);
}
