/* test_traps.c - replies whose code, or whose words alone, say something else than they mean. A row
 * each; the source of each is with the rule in lua/. */
#include "unit.h"
#include <stdio.h>

#include "base/span.h"
#include "script/script.h"

typedef struct {
	const char *domain, *mx; /* "" when unknown */
	rebuff_stage stage;
	const char *text;
	rebuff_category category;
	rebuff_fault fault;
	rebuff_action action;
	rebuff_scope scope; /* NONE: not looked at */
} row;

#define ANY REBUFF_STAGE_UNKNOWN
#define NO REBUFF_SCOPE_NONE

static const row rows[] = {
	/* Gmail: the scope is in the text, and three codes mean something else than in the registry
	 */
	{"gmail.com", "", ANY,
		"421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP "
		"address 192.0.2.7. Your mail has been rate limited.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW, REBUFF_SCOPE_IP},
	{"gmail.com", "", ANY,
		"421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP "
		"Netblock. Your mail has been rate limited.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW,
		REBUFF_SCOPE_NETBLOCK},
	{"gmail.com", "", ANY,
		"421 4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM "
		"domain example.com.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW,
		REBUFF_SCOPE_DOMAIN},
	{"gmail.com", "", ANY,
		"421 4.7.28 Gmail has detected an unusual rate of mail originating from your SPF "
		"domain example.com.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW,
		REBUFF_SCOPE_DOMAIN},
	{"gmail.com", "", ANY,
		"421 4.7.28 Gmail has detected an unusual rate of mail containing one of your URL "
		"domains.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW, REBUFF_SCOPE_URL},
	{"", "", ANY, "421 4.7.28 flood", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP,
		REBUFF_ACTION_SLOW, REBUFF_SCOPE_IP},
	{"gmail.com", "", ANY, "421 4.7.29 refused", REBUFF_POLICY, REBUFF_FAULT_US,
		REBUFF_ACTION_RETRY, NO},
	{"", "", ANY, "421 4.7.29 refused", REBUFF_AUTH_FAILED, REBUFF_FAULT_SENDER_DOMAIN,
		REBUFF_ACTION_RETRY, NO},
	{"gmail.com", "", ANY, "550 5.7.30 refused", REBUFF_AUTH_FAILED, REBUFF_FAULT_SENDER_DOMAIN,
		REBUFF_ACTION_BOUNCE, NO},
	{"", "", ANY, "550 5.7.30 refused", REBUFF_POLICY, REBUFF_FAULT_US, REBUFF_ACTION_BOUNCE,
		NO},
	{"gmail.com", "", ANY, "550 5.7.28 an unusual rate of unsolicited mail from your address",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	/* 5.2.1 is a disabled mailbox, but not here */
	{"gmail.com", "", REBUFF_STAGE_RCPT,
		"550 5.2.1 The user you are trying to contact is receiving mail at a "
		"rate that prevents additional messages from being delivered.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE,
		REBUFF_SCOPE_RECIPIENT},
	{"gmail.com", "", REBUFF_STAGE_RCPT,
		"450 4.2.1 The user you are trying to contact is receiving mail too "
		"quickly.",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_RETRY,
		REBUFF_SCOPE_RECIPIENT},
	{"gmail.com", "", REBUFF_STAGE_RCPT,
		"550 5.2.1 The email account that you tried to reach is disabled.",
		REBUFF_MAILBOX_DISABLED, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"hotmail.com", "", REBUFF_STAGE_RCPT,
		"554 5.2.121 sender has exceeded the limit for the number of messages "
		"they can send to this recipient",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE,
		REBUFF_SCOPE_RECIPIENT},
	{"hotmail.com", "", REBUFF_STAGE_RCPT,
		"554 5.2.122 the recipient has exceeded the limit for the number of "
		"messages they can receive per hour",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE,
		REBUFF_SCOPE_RECIPIENT},
	/* Microsoft's 5.4.1 is an unknown recipient; in the registry it is a silent host */
	{"example.org", "example-org.mail.protection.outlook.com", REBUFF_STAGE_RCPT,
		"550 5.4.1 Recipient address rejected: Access denied.", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"", "", ANY, "550 5.4.1 gave up", REBUFF_NETWORK_ERROR, REBUFF_FAULT_NETWORK,
		REBUFF_ACTION_BOUNCE, NO},
	/* 5xx that are rates */
	{"qq.com", "", ANY, "550 Ip frequency limited [x y IP: 192.0.2.7]", REBUFF_RATE_LIMITED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"qq.com", "", REBUFF_STAGE_RCPT, "550 Mailbox unavailable or access denied",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE,
		REBUFF_SCOPE_RECIPIENT},
	{"163.com", "", ANY, "550 RP:ORQ 163 mx1", REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP,
		REBUFF_ACTION_BOUNCE, REBUFF_SCOPE_IP},
	{"charter.net", "", ANY, "550 5.1.0 AUP#I-1310 too many messages", REBUFF_RATE_LIMITED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"", "example-org.smtp.secureserver.net", REBUFF_STAGE_RCPT,
		"550 5.1.1 <a@example.org> Recipient has exceeded too many messages IB607",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"", "example-org.smtp.secureserver.net", ANY,
		"550 Sorry, too many messages this hour, IB504", REBUFF_RATE_LIMITED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT, "552 Too many recipients", REBUFF_RATE_LIMITED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, REBUFF_SCOPE_TRANSACTION},
	{"", "", REBUFF_STAGE_RCPT, "452 4.5.3 Too many recipients", REBUFF_RATE_LIMITED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_RETRY, REBUFF_SCOPE_TRANSACTION},
	{"", "", ANY,
		"421 4.7.0 Too many messages on this connection, maximum messages per connection",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_RETRY,
		REBUFF_SCOPE_SESSION},
	/* 552 is size, 5.1.1 a dead address: not here */
	{"orange.fr", "", REBUFF_STAGE_RCPT, "552 5.1.1 Boite du destinataire pleine OFR_417 [417]",
		REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, NO},
	{"yahoo.com", "", REBUFF_STAGE_DOT,
		"552 1 Requested mail action aborted, mailbox not found", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"docomo.ne.jp", "", REBUFF_STAGE_DOT, "552 Too much mail data", REBUFF_MAILBOX_FULL,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, NO},
	{"docomo.ne.jp", "", REBUFF_STAGE_DOT, "550 Unknown user a@docomo.ne.jp",
		REBUFF_RECIPIENT_REFUSED, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_BOUNCE, NO},
	{"docomo.ne.jp", "", REBUFF_STAGE_RCPT, "550 Unknown user a@docomo.ne.jp",
		REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"", "", REBUFF_STAGE_DOT, "552 5.2.2 over quota", REBUFF_MAILBOX_FULL,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, NO},
	/* 5.7.1 and 5.5.0 that are dead addresses */
	{"yandex.ru", "", REBUFF_STAGE_RCPT, "550 5.7.1 No such user!", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"laposte.net", "", REBUFF_STAGE_RCPT, "550 5.5.0 Compte desactive. LPN007_420",
		REBUFF_MAILBOX_DISABLED, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	/* it names the address and means us */
	{"", "d12345a.ess.barracudanetworks.com", REBUFF_STAGE_RCPT,
		"550 permanent failure for one or more recipients (a@example.org:blocked)",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"aruba.it", "", REBUFF_STAGE_RCPT, "550 5.1.1 <a@aruba.it> sender is blacklisted",
		REBUFF_RECIPIENT_REFUSED, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_BOUNCE, NO},
	/* a syntax error that is none */
	{"", "cluster1.eu.messagelabs.com", REBUFF_STAGE_MAIL,
		"501 Connection rejected by policy [7.7] 9, please "
		"visit www.messagelabs.com/support",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_HOLD, NO},
	{"", "cluster1.eu.messagelabs.com", ANY, "500 5.7.1 Symantec Zodiac: rejected",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	/* the receiver's resolver, not our address */
	{"", "", REBUFF_STAGE_RCPT,
		"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using "
		"zen.spamhaus.org; Error: open resolver; "
		"https://www.spamhaus.org/returnc/pub/198.51.100.1",
		REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT,
		"554 5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org; "
		"127.255.255.254",
		REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT,
		"550 rejected: uribl.com: Query Refused. See http://uribl.com/refused.shtml",
		REBUFF_SYSTEM_ERROR, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT, "554 Client host [192.0.2.7] blocked using dnsbl.sorbs.net",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_BOUNCE, NO},
	/* at the banner everything is about us, whatever it says */
	{"", "", REBUFF_STAGE_BANNER, "554 no service", REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP,
		REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_BANNER, "550 5.1.1 User unknown", REBUFF_IP_BLOCKED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"t-online.de", "", REBUFF_STAGE_BANNER,
		"554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for "
		"help or to contact tosa@rx.t-online.de to clarify.)",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_HOLD, NO},
	{"icloud.com", "", REBUFF_STAGE_BANNER,
		"550 Blocked - see "
		"https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.7",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"att.net", "", REBUFF_STAGE_BANNER,
		"553 5.3.0 alph1 DNSBL:RBL 521< 192.0.2.7 >_is_blocked", REBUFF_IP_BLOCKED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_HOLD, NO},
	{"", "", REBUFF_STAGE_MAIL, "550 5.1.1 no such user", REBUFF_SENDER_REJECTED,
		REBUFF_FAULT_SENDER_DOMAIN, REBUFF_ACTION_BOUNCE, NO},
	/* 4xx that is waited for longer or shorter than its words suggest */
	{"", "eu-smtp-inbound-1.mimecast.com", REBUFF_STAGE_RCPT,
		"451 Internal resource temporarily unavailable - "
		"https://community.mimecast.com/docs/DOC-1369#451",
		REBUFF_GREYLISTED, REBUFF_FAULT_RECEIVER, REBUFF_ACTION_RETRY, NO},
	{"", "example-org.mail.protection.outlook.com", REBUFF_STAGE_RCPT,
		"451 4.4.4 Mail received as unauthenticated, incoming to a recipient domain "
		"configured in a hosted "
		"tenant which has no mail-enabled subscriptions.",
		REBUFF_DOMAIN_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_RETRY, NO},
	{"", "d12345a.ess.barracudanetworks.com", REBUFF_STAGE_RCPT, "422 License Expired",
		REBUFF_DOMAIN_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_RETRY, NO},
	{"yahoo.com", "", ANY,
		"421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected "
		"volume or user complaints",
		REBUFF_IP_BLOCKED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW, REBUFF_SCOPE_IP},
	{"yahoo.com", "", ANY,
		"421 4.7.1 [TS03] All messages from 192.0.2.7 will be permanently deferred",
		REBUFF_RATE_LIMITED, REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_SLOW, REBUFF_SCOPE_IP},
	/* the two codes disagree: the basic one says whether to retry */
	{"", "", REBUFF_STAGE_RCPT, "450 5.1.1 User unknown", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_RETRY, NO},
	{"", "", REBUFF_STAGE_RCPT, "550 4.2.2 Mailbox full", REBUFF_MAILBOX_FULL,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, NO},
	/* null MX, said by whom */
	{"", "", ANY, "556 5.1.10 Recipient address has null MX", REBUFF_DOMAIN_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"", "", ANY,
		"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a@example.org not found",
		REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	{"", "", ANY, "550 5.7.27 Sender address has null MX", REBUFF_SENDER_REJECTED,
		REBUFF_FAULT_SENDER_DOMAIN, REBUFF_ACTION_BOUNCE, NO},
	/* a domain block is not a block of our address; a URL's neither */
	{"", "", REBUFF_STAGE_DOT,
		"554 5.7.1 Your message contains a link listed in the Spamhaus DBL",
		REBUFF_CONTENT_BLOCKED, REBUFF_FAULT_MESSAGE, REBUFF_ACTION_BOUNCE, NO},
	/* rules that hold at one provider say nothing elsewhere */
	{"libero.it", "", REBUFF_STAGE_BANNER, "554 access denied", REBUFF_IP_BLOCKED,
		REBUFF_FAULT_SENDER_IP, REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT, "554 access denied", REBUFF_POLICY, REBUFF_FAULT_US,
		REBUFF_ACTION_BOUNCE, NO},
	{"", "", REBUFF_STAGE_RCPT, "550 Mailbox unavailable", REBUFF_ADDRESS_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
	/* ours says "user unknown" of the sender */
	{"", "", ANY,
		"550 5.1.1 <a@example.com>: Sender address rejected: User unknown in virtual "
		"mailbox table",
		REBUFF_SENDER_REJECTED, REBUFF_FAULT_SENDER_DOMAIN, REBUFF_ACTION_BOUNCE, NO},
	{"", "cluster1.eu.messagelabs.com", REBUFF_STAGE_RCPT,
		"553 you are trying to use me [server-1.example.net] as a relay", REBUFF_DOMAIN_BAD,
		REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_BOUNCE, NO},
	/* it may be a typing error, full or suspended: the mildest is believed */
	{"interia.pl", "", REBUFF_STAGE_RCPT, "550 5.2.1 Mailbox not available",
		REBUFF_MAILBOX_FULL, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SOFT, NO},
	/* an address that reads like a verdict */
	{"", "", REBUFF_STAGE_RCPT, "550 5.1.1 <spam-blocked@example.org> unknown",
		REBUFF_ADDRESS_BAD, REBUFF_FAULT_RECIPIENT, REBUFF_ACTION_SUPPRESS, NO},
};

static void test_traps(void **state)
{
	rbf_config *c;
	rebuff_error err;
	size_t wrong = 0;
	(void)state;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const row *r = &rows[i];
		rbf_reply reply;
		rebuff_classification got;
		int provider = rbf_providers_find(
			c->providers, rbf_span_of(r->mx), rbf_span_of(r->domain));
		rbf_reply_parse(rbf_span_of(r->text), &reply);
		rbf_classify(c->rules, &reply, provider, r->stage, &got, NULL, NULL);
		if (got.category == r->category && got.fault == r->fault &&
			got.action == r->action && (r->scope == NO || got.scope == r->scope))
			continue;
		print_error(
			"%s%s: %s: got %s, fault %s, action %s, scope %s (%s), want %s, fault %s, "
			"action %s, scope %s\n",
			r->domain, r->mx, r->text, rebuff_category_name(got.category),
			rebuff_fault_name(got.fault), rebuff_action_name(got.action),
			rebuff_scope_name(got.scope), got.rule, rebuff_category_name(r->category),
			rebuff_fault_name(r->fault), rebuff_action_name(r->action),
			rebuff_scope_name(r->scope));
		wrong++;
	}
	rbf_config_unref(c);
	assert_row_int("traps walked into", wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_traps)};
	return cmocka_run_group_tests_name("classify/traps", tests, NULL, NULL);
}
