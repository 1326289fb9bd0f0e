-- Refused for this recipient, who may well exist: filters, permissions, lists.
local rules = rebuff.rules

rules:add { category = "recipient-refused", confidence = 0.9, weight = 45, source = "met at many servers", any = {
	"only accepting mail from specific email addresses", "is only accepting mail from",
	"only accepts mail from", "only accept mail from", "accepts mail only from", "accepts messages only from",
	"not on the recipient's whitelist", "not in recipient's whitelist", "not in allowed-senders list",
	"sender not in allowed-senders", "restricted to approved senders", "does not accept mail from you",
	"does not want your mail", "doesn't want your mail", "does not accept your mail",
	"refuses to accept your mail", "refuses to receive this mail", "refuse to receive mail",
	"refused by recipient", "refused by the recipient", "rejected by recipient", "rejected by the recipient",
	"rejected by recipients", "rejected by user", "rejected by the user", "rejected by this user", "rejected by addressee",
	"blocked by recipient", "blocked by the recipient", "blocked by user", "blocked by the user",
	"blacklisted by user", "blacklisted by the recipient", "by user's reject list",
	"user's reject list", "user has blocked", "recipient has blocked", "recipient blocked",
	"you have been blocked by", "on recipient's black list", "on recipient's blacklist",
	"on recipient's block list", "in recipient's blacklist", "in the recipient's block list",
	"on the recipient's blocked", "in user's blacklist", "sender is in user's blacklist",
	"sender blocked by recipient", "sender address blocked by recipient", "sender is blacklisted by recipient",
	"recipient preferences", "user preferences", "due to user rules", "user rules", "user reject",
	"user filter", "recipient filter", "personal filter", "message filtered", "envelope blocked - user entry",
	"envelope blocked", "recipient is protected", "this account is protected by", "has restricted",
	"restricted sms", "has a policy that prohibited", "using customer block list", "recipient policy",
	"recipient's policy", "domain's policy prohibits", "recipient does not accept", "recipient refused",
	"recipient not authorized", "not authorized to send to this recipient",
	"not authorized to send to the recipient", "not authorized to send to this", "not allowed to send to this",
	"not permitted to send to this", "you do not have permission to send to", "don't have permission to send",
	"not have permission to send to", "is not permitted to mail", "resolver.rst.notauthorized",
	"resolver.rst.restricted", "resolver.rst.authrequired",
	"was not authenticated for mailbox", "was not authenticated for group",
	"delivery to this group is restricted", "members-only list", "member-only list", "non-member",
	"not a member of", "not subscribed to this", "not subscribed to the", "you are not subscribed",
	"posting to this list", "not allowed to post", "not authorized to post", "may not post",
	"not permitted to post", "you may not send mail to this list", "mailing list is closed",
	"only subscribers may", "only members may", "moderated", "challenge/response", "recipient's settings",
	"because of recipient settings", "message rejected by recipient", "parental control", "safe list",
	"personal block", "recipient's email filter", "mail rejected by destination domain",
	"not delivering to a user who marked your messages as spam", "internal use only", "internal address only",
	"for internal mail only", "only internal", "internal only", "does not accept external mail",
	"doesn't accept external", "not accept mail from outside", "not accept messages from outside",
	"does not accept bounces", "not accept external", "recipient address rejected: permission denied",
	"bounced address",
} }
-- Postfix's words for an access table: an address that its postmaster refuses.
rules:add { category = "recipient-refused", confidence = 0.75, source = "Postfix, access(5)", any = {
	"recipient address rejected: access denied",
} }
rules:add { category = "address-bad", confidence = 0.9, enhanced = "5.4.1", weight = 10,
	source = "Microsoft, directory based edge blocking", any = {
	"recipient address rejected: access denied", "recipient addresses rejected : access denied",
	"all recipient addresses rejected : access denied",
} }
rules:add { category = "recipient-refused", confidence = 0.65, words = true, source = "met at many servers", any = {
	{ "recipient", "refused" }, { "blocked", "by", "recipient" }, { "recipient",
	"block list" },
} }
rules:add { category = "recipient-refused", confidence = 0.45, source = "met at many servers", any = {
	"recipient rejected", "administrative prohibition", "delivery restricted", "not allowed for this recipient",

} }
-- More ways to say: this recipient does not take this mail.
rules:add { category = "recipient-refused", confidence = 0.88, weight = 40,
	source = "Exchange, Mailman, Dovecot Sieve, Domino, challenge-response systems", any = {
	"only takes mail from", "only take mail from", "takes mail only from", "accepts mail only",
	"only accept mails from", "only accepts messages from", "only accepts email from",
	"only accepts emails from", "accept email only from", "internal mail only", "internal email only",
	"internal senders only", "internal senders", "restricted to subscribers",
	"restricted to members", "restricted to internal", "restricted to authenticated", "restricted to approved",
	"restricted recipient", "recipient is restricted", "recipient restricted", "subscribers only",
	"only subscribers", "only members of", "closed mailing list", "list is closed", "cannot receive replies",
	"no reply address", "do not reply to this", "does not accept replies", "has you on", "blocked your address", "blocked your email", "blocked messages from you", "has blocked messages",
	"recipient's preferences", "privacy settings", "recipient rejects",
	"rejects this kind", "not want mail from", "may write to", "allowed to write to", "who may send",
	"not on the list of", "not in the list of allowed", "people in the address book", "approved senders",
	"list of allowed senders", "must be whitelisted", "not whitelisted by", "not authenticated for",
	"was not authenticated for", "authenticated for group", "authenticated for mailbox",
	"authenticated for mail user", "authenticated for public folder", "external senders",
	"sender's not allowed", "isn't allowed to send to", "not allowed to email", "not allowed to mail",
	"not allowed to contact", "not permitted to contact", "not permitted to email",
	"not permitted to send mail to", "not authorised to send to", "not authorized to mail",
	"not authorized to email", "not authorized to contact", "not allowed to send messages to",
	"not allowed to send mail to this", "cannot send to this", "can not send to this", "can't send to this",
	"message to this recipient is not", "expansion prohibited", "not accept unsolicited",
	"does not accept messages from", "does not accept emails from", "doesn't accept messages from",
	"doesn't accept mail from", "refuses mail from", "refuses messages from",
	"rejects messages from", "rejects mail from", "declined by the recipient", "declined by recipient",
	"recipient declined", "recipient has declined", "recipient has rejected", "recipient rejected your",
	"rejected at the request of", "at the recipient's request", "recipient's request", "do not contact",
	"challenge-response", "confirm your message", "reply to the challenge", "user-defined rule",
	"user defined rule", "recipient's rule", "quarantined by the recipient",
	"delivery restriction check failed", "sendernotauthenticatedforgroup", "sendernotauthenticatedformailbox",
	"restrictedtorecipientspermission", "sendernotinallowedsenderslist", "resolver.rst.sender",
} }
rules:add { category = "recipient-refused", confidence = 0.45,
	source = "Exchange, Mailman, Dovecot Sieve, Domino, challenge-response systems", any = {
	"takes internal", "members only", "for subscribers", "for members", "only members", "closed list",
	"outgoing-only", "outgoing only", "send-only", "send only", "sending only", "no-reply", "noreply address",
	"do-not-reply", "not monitored", "unmonitored", "unattended", "nobody reads", "known senders", "trusted senders", "safe senders", "allowed senders", "guest user",
	"group member", "list expansion", "refuses your", "opted out", "opt-out", "unsubscribed", "sieve",
	"mailbox rule", "inbox rule",
} }
rules:add { category = "recipient-refused", confidence = 0.93, weight = 60,
	source = "Exchange, 5.7.133 to 5.7.136", any = {
	"sender was not authenticated for mail user", "sender was not authenticated for public folder",
	"sender was not authenticated for distribution", { "sender", "not authenticated for" },
} }
rules:add { category = "recipient-refused", confidence = 0.92, weight = 60,
	source = "Exchange 5.7.12, Facebook", any = {
	"not authenticated by organization", "preferences prevent messages", "privacy settings blocked",
} }
rules:add { category = "recipient-refused", confidence = 0.88, weight = 45, words = true, source = "met at many servers",
	any = { "has blocked you", "blocked you", "have been blocked by the user" } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 30,
	source = "universities, lists", any = {
	"chosen not to receive", "chose not to receive", "not a list member", "not a member",
	"can only be used from", "may only be used from", "only be used by", "only be reached from",
	"campus network",
} }
rules:add { category = "recipient-refused", confidence = 0.88, weight = 60,
	source = "met at many servers", any = {
	{ "recipient", "does not accept mail from" }, { "recipient", "not accept messages from" },
	{ "recipient", "not accept email from" }, { "recipient", "does not accept your" },
} }
-- An address or a route that takes nothing from outside, by its owner's wish.
rules:add { category = "recipient-refused", confidence = 0.8, code = 5,
	source = "Postal, Exchange, ticket systems, lists", any = {
	"does not accept incoming", "doesn't accept incoming", "not accept incoming", "not accepting incoming",
	"does not accept inbound", "doesn't accept inbound", "not accepting inbound", "incoming messages are disabled",
	"cannot receive incoming", "not configured to receive", "not intended to receive",
} }
-- Half sentences about who may write to whom, and about addresses that only send.
rules:add { category = "recipient-refused", confidence = 0.46, code = 5, words = true,
	source = "met at many servers", any = {
	"may not write", "may not send to", "may write", "can write to", "can post", "may post", "to post", "posting",
	"postings", "decided not to", "has decided", "does not wish", "doesn't wish", "wishes not", "does not want",
	"doesn't want", "do not want", "don't want", "refuses", "has opted", "outsiders", "outside senders",
	"outside the organization", "outside the organisation", "outside our", "whitelist", "white list", "allow list",
	"allowlist", "sends only", "only sends", "only for sending", "do not answer", "don't answer", "do not reply",
	"please do not reply", "not read", "for staff", "only staff", "staff only", "employees only", "only employees",
	"only students", "students only", "colleagues", "the list", "this list", "mailing list", "distribution list",
	"discussion list", "group only", "this group", "newsgroup", "list owner", "list administrator",
	"held for approval", "awaiting approval", "needs approval", "approval of",
} }
rules:add { category = "recipient-refused", confidence = 0.85, code = 5, weight = 20,
	source = "Mailman, Sympa, Majordomo, ezmlm", any = {
	{ "posting", "unknown address" }, { "from unknown address", "list" }, { "list", "unknown address" },
	{ "posting", "turned off" }, { "list", "not subscribed" }, { "list", "non-subscriber" },
} }
rules:add { category = "recipient-refused", confidence = 0.45, code = 5, source = "met at few servers", any = {
	"mailbox access for", "mailbox rule", "rule imposed", "rules imposed",
} }
rules:add { category = "recipient-refused", confidence = 0.86, code = 5, weight = 42, words = true,
	source = "met at many servers", any = {
	"from strangers", "mail from contacts", "only from contacts", "from known contacts", "from people in",
	"recipient's personal", "recipient's own", "user's personal", "user's own", "personal settings",
	"personal preferences", "wish of the", "wish of its", "wish of the addressee", "aren't entitled to send", "not entitled to send",
	"not entitled to write", "not entitled to post", "restricted list", "recipient's company", "recipient's organization",
	"recipient's organisation", { "blocked", "addressee" }, { "refused", "addressee" }, { "rejected", "addressee" },
	{ "takes", "only mail from" }, { "take", "only mail from" }, { "accept", "only mail from" },
} }
rules:add { category = "recipient-refused", confidence = 0.85, code = 5, weight = 45, words = true, source = "met at many servers", any = {
	{ "not on", "allow list" }, { "not on", "allowlist" }, { "not in", "allow list" }, { "not in", "allowlist" },
	{ "sender is not on", "list's" }, "user's spam", "recipient's spam", "recipient's junk", "user's junk",
	"by this user", "by this recipient", "by that user", "by that recipient", { "mail from you", "not accepted" },
} }
rules:add { category = "recipient-refused", confidence = 0.85, code = 5, weight = 40, words = true, source = "met at many servers", any = {
	"sender not in allowed", "sender not in allow", "sender is not in allowed", "sender not on allowed", "not in allowed list",
} }
-- The address and a bare refusal: of this recipient, and not a word about why.
rules:add { category = "recipient-refused", confidence = 0.3, code = 5, source = "met at many servers", any = {
	"> rejected", ">: rejected", "> refused", ">: refused", "> denied", ">: denied",
} }
rules:add { category = "recipient-refused", confidence = 0.3, source = "Trend Micro and others", any = {
	"unable to deliver message to", "message could not be delivered to", "message cannot be delivered to",
} }
rules:add { category = "recipient-refused", confidence = 0.25, code = 5, stage = "rcpt", source = "met at many servers", any = {
	"rejected", "refused", "denied",
} }
rules:add { category = "recipient-refused", confidence = 0.25, code = 542, source = "met at few servers" }
-- Challenge-response services that answer with a report.
rules:add { category = "recipient-refused", confidence = 0.85, weight = 30, source = "Boxbe and the like", any = {
	"sender not preapproved", "not pre-approved", "has been waitlisted", "guest list",
} }
rules:add { category = "recipient-refused", confidence = 0.85, code = 5, weight = 40, words = true, source = "met at many servers", any = {
	"mail from outside", "email from outside", "messages from outside", "mail from the outside", "ignore list",
	"from outside the company", "from outside the organization", "from outside the organisation", "from outside of the",
	"closed to the public", "subscribers alone", "members alone", "no rights to write", "no right to write",
} }
rules:add { category = "recipient-refused", confidence = 0.84, code = 5, weight = 30, words = true, source = "met at many servers", any = {
	"only registered senders", "only known senders", "registered senders only",
	"open to external", "open to outside", "open to outsiders", "open to the public", "distribution group", "external people",
} }
rules:add { category = "recipient-refused", confidence = 0.83, code = 5, weight = 40, words = true,
	source = "met at many servers", any = {
	{ "recipient", "permitted senders" }, { "recipient", "allowed senders" }, { "recipient", "approved senders" },
} }
rules:add { category = "recipient-refused", confidence = 0.8, code = 5, words = true, weight = 10, source = "met at many servers", any = {
	{ "mail to", "come from inside" }, "from inside the company", "from inside the organization",
	"from inside our organization",
} }
