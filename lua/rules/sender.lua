-- The envelope or header sender is refused. Weights lift these over what is said about "users" and
-- "domains": in "Sender address rejected: Domain not found" the domain is the sender's.
local rules = rebuff.rules

rules:add { category = "sender-rejected", confidence = 0.93, weight = 40,
	source = "Postfix, Exim, Sendmail, qmail, Exchange", any = {
	"sender address rejected", "sender address verification failed", "sender verify failed",
	"could not complete sender verify", "sender verification failed", "sender verification error",
	"sender callout", "sender callback", "sender verify", "unable to verify sender", "cannot verify sender",
	"failed sender verification", "unverifiable sender", "unverified sender", "sender not verified",
	"sender address not verified", "sender unverified", "domain of sender address",
	"required for sender address", "address does not match a verified", "sender is on our", "sender is in our",
	"sender is on a", "sender domain not found", "sender domain has no", "sender domain must exist",
	"sender domain does not exist", "sender domain must resolve",
	"sender domain is empty", "sender domain invalid", "sender's domain does not", "sending domain does not",
	"sending domain not found", "from domain does not", "domain of the sender", "domain in your address",
	"mail from domain must exist", "mail from domain does not", "mail from domain", "mailfrom domain",
	"envelope sender domain", "envelope sender is in my badmailfrom", "in my badmailfrom", "badmailfrom",
	"envelope sender has been denied", "your envelope sender", "envelope from address",
	"envelope sender rejected", "sender rejected", "sender was rejected", "sender is rejected",
	"sender address has been blacklisted", "sender address blacklisted", "sender address blocked",
	"sender address is blocked", "sender address is blacklisted", "sender blacklisted", "sender is blacklisted",
	"sender is blocked", "sender blocked", "sender is in my black list", "sender is spammer",
	"sender is banned", "sender banned", "banned sender", "blacklisted sender", "blocked sender",
	"sender denied", "sender is denied", "sender not allowed", "sender is not allowed", "sender not permitted",
	"sender not authorized", "sender is not authorized", "sender unauthorized", "sender not accepted",
	"sender refused", "sender email address rejected", "sender unknown", "unknown sender",
	"sender does not exist", "sender not exist", "sender not found",
	"sender email is not", "sender invalid", "sender is invalid", "sender is not valid", "invalid sender",
	"illegal sender", "bad sender", "bad outbound sender", "invalid from address", "invalid mail from",
	"invalid return path", "invalid return-path", "invalid reverse-path", "unroutable sender",
	"unrouteable sender", "unresolvable sender", "unresolvable rfc.5321",
	"can't determine purported responsible", "empty envelope sender", "empty sender",
	"null sender is not allowed", "null sender not allowed", "null sender", "null return path",
	"<> invalid sender", "from address is not", "from: domain is invalid", "from domain is invalid",
	"from address does not", "from/sender name is not valid", "from address rejected", "from address must",
	"from: address rejected", "senderfilterconfig list", "sender's email address is on",
	"sender denied as sender's", "your email address has been blacklisted", "your address has been blacklisted",
	"your email address is blocked", "your address is blocked", "your domain is blocked",
	"your domain is blacklisted", "your domain has been blocked", "your domain has been blacklisted",
	"email address is not verified", "not a verified sender", "verified sender identity",
	"is not a registered gateway user", "not owned by user", "mail from not owned", "not allowed to send as",
	"permissions to send as this sender", "permission to send as", "cannot send as",
	"does not have permission to send as", "mail sending denied", "send-as",
	"anonymous clients does not have permissions", "batv", "backscatter protection", "unsigned dsn",
	"no third-party dsns", "bounces are not accepted", "returned mail not accepted", "we do not accept bounces",
	"not accept bounce", "bouncedeny", "signature on return address", "invalid domain, see <url",
	"unregistered domains", "client blocked from sending", "not allowed to send email from",
	"not permitted to send from", "fully qualified sender", "sender address: need fully-qualified",
	"bogus sender", "forged sender", "sender forged", "forged from", "does not exist e2110",
	"rfc 1035 violation", "violate section", "spam reporting address", "sender's mail server",
	"secumail valid-address-filter", "null mx as sender", "sender has null mx", "address has null mx of sender",
	"sender address has null mx", "mail not accepted from this address", "unable to find sender",
	"could not find sender", "sender domain could not", "sender address does not", "we could not verify sender",
	"not accept mail from this sender", "message from this sender", "sender not authenticated",
	"sender was not authenticated", "access denied, bad outbound sender", "cannot find mx for sender",
} }
-- cPanel's Exim asks the sender's server in return: the address in this sentence is ours.
rules:add { category = "sender-rejected", confidence = 0.85, weight = 60,
	source = "cPanel, sender verification", any = {
	"the account or domain may not exist, they may be blacklisted, or missing the proper dns entries", {
	"verification failed for", "sender verify failed" }, { "callback", "sender verify failed" }, { "called:",
	"sender verify" },
} }
rules:add { category = "sender-rejected", confidence = 0.7, words = true, weight = 10,
	source = "met at many servers", any = {
	{ "sender", "not exist" }, {
	"sender", "blacklist" }, { "sender", "denied" }, { "sender", "rejected" }, {
	"sender", "unknown" }, { "sender", "invalid" }, { "mail from", "rejected" }, { "mail from", "denied" }, {
	"from", "address", "rejected" }, { "domain", "not accepted", "sender" },
} }
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 40,
	source = "met at many servers", any = {
	{ "your domain", "blocked" }, { "your domain", "blacklisted" }, { "your domain", "banned" },
} }
rules:add { category = "sender-rejected", confidence = 0.8, weight = 20, source = "met at many servers", any = {
	"does not accept mail from", "do not accept mail from your domain", "not accepting mail from your domain",
	"this server does not accept mail from", "mail from your domain", "mail rejected from",
} }
rules:add { category = "sender-rejected", confidence = 0.9, enhanced = "*.1.7", weight = 20,
	source = "Gmail", text = "is not a valid rfc 5321 address" }
-- More that is said about the sender.
rules:add { category = "sender-rejected", confidence = 0.85, weight = 18,
	source = "Postfix, Exim, Exchange, milters", any = {
	"callback refused", "call back failed", "callback verification failed", "callback to sender",
	"callout to sender", "callout failed for sender", "reply to your sender", "dns lookup of the sender",
	"lookup of sender domain", "sending domain is", "domain of sender", "domain of your sender",
	"mail from this domain", "mail from address", "mail from: ", "return-path domain",
	"return path domain", "sender address syntax", "sender's address",
	"invalid address in mail from", "sender is on", "sender is in", "sender is not",
	"sender is unknown", "sender not known", "sender has been", "sender could not",
	"your address has been blocked", "your address is blacklisted", "your address is not",
	"your email address is not", "your email address has been", "your email address was",
	"your sender address", "your from address", "from address is on", "from address is in", "from address not",
	"from address is blocked", "from address is blacklisted", "from address blacklisted",
	"from address denied", "from header address",
	"null reverse-path", "null reverse path", "bounces not accepted",
	"bounce messages not accepted", "bounce messages are not",
	"doesn't accept bounces", "don't accept bounces", "empty return path", "empty mail from",
	"empty return-path", "<> not accepted",
	"domain is blocked",
	"domain has been blocked", "domain is banned", "domain is on our", "domain on our",
	"must equal authorized user", "must match authenticated", "not match authenticated",
	"does not match the authenticated", "does not belong to user",
	"not allowed to use this sender", "not allowed to use that", "not allowed to use the sender",
	"use of this sender", "sender not owned", "not the owner of", "not an authorized sender",
	"not an approved sender", "unauthorized sender", "unauthorised sender", "not authorised as sender",
} }
rules:add { category = "sender-rejected", confidence = 0.45,
	source = "Postfix, Exim, Exchange, milters", any = {
	"callback failed", "sender's domain", "sender domain", "mail from:", "from domain", "envelope sender",
	"envelope-sender", "envelope from", "return-path", "return path", "bounce address", "sender syntax",
	"sender address", "sender email", "sender e-mail", "sender on", "sender listed",
	"sender was", "sender cannot", "sender must", "rejects bounces",
	"sending address", "originator", "fake sender", "faked sender", "blocked domain",
	"domain blocked", "domain banned", "domain listed",
} }
rules:add { category = "sender-rejected", confidence = 0.75, words = true, weight = 22,
	source = "met at many servers", any = {
	{ "sender", "does not exist" }, { "sender", "doesn't exist" }, { "sender", "not found" },
	{ "sender", "no mx" }, { "sender", "resolve" }, { "sender", "unresolvable" }, { "sender", "blocklist" },
	{ "sender", "block list" }, { "sender", "deny list" }, { "sender", "blocked" }, { "sender", "banned" },
	{ "sender", "refused" }, { "sender", "not accepted" }, { "sender", "not valid" },
		{ "mail from", "banned" },
	{ "from", "deny list" }, { "from address", "block" },
} }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 45,
	source = "met at many servers", any = {
	"sender domain does not accept bounces", "sender does not accept bounces", "sender has been blacklisted",
	"sender has been blocked", "sender has been banned", "sender has been denied", "this sender is blocked",
	"this sender is blacklisted", "sender domain on internal", "sender domain is blacklisted",
	"sender domain is blocked", "sender domain blacklisted", "sender domain listed", "sender domain on",
	{ "service unavailable", "sender address" },
} }
rules:add { category = "sender-rejected", confidence = 0.85, code = 517, weight = 40,
	source = "Courier, 517 for the sender's domain", any = {
	"domain does not exist", "does not exist",
} }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 40,
	source = "Apple, Facebook", any = {
	"from unresolvable domain", "mail from domain does not exist", "mail from domain does not have",
	"mail from domain exists but",
} }
-- Postfix begins so whatever the block list is about.
rules:add { category = "sender-rejected", confidence = 0.9, weight = 75, source = "Postfix, reject_rhsbl_sender", any = {
	{ "service unavailable", "sender address", "blocked using" }, { "service unavailable", "sender domain" },
} }
rules:add { category = "sender-rejected", confidence = 0.75, words = true, weight = 10, source = "met at many servers",
	any = { { "mail from", "domain is" }, { "mail from", "domain was" }, { "mail from", "domain has been" } } }
rules:add { category = "sender-rejected", confidence = 0.85, weight = 45, source = "met at many servers", any = {
	"blacklisted domain", "domain is blacklisted", "domain blacklisted", "domain has been blacklisted",
} }
rules:add { category = "sender-rejected", confidence = 0.85, weight = 30,
	source = "met at many servers", any = {
	{ "sender", "be resolved" }, { "sender", "not resolv" }, { "sender domain", "dns" },
	{ "from", "our own domain" }, { "mails of", "unwanted" },
} }
-- What is missing is the sender's, as it stands behind a word for the sender.
local missing = { "can't be found", "cannot be found", "could not be found", "couldn't be found", "was not found",
	"not found", "could not be located", "does not exist", "doesn't exist", "do not exist", "not exist",
	"isn't registered", "not registered", "unknown", "is invalid", "is not valid", "unresolvable", "not resolve",
	"no a or mx", "no mx", "has no dns", "no dns record", "not a valid", "bogus" }
local function behind(word)
	local any = {}
	for i, what in ipairs(missing) do
		any[i] = { word, what }
	end
	rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 40,
		source = "Postfix, Exim, Sendmail", any = any }
end
behind("mail from")
behind("return path")
behind("return-path")
behind("envelope sender")
behind("originator")
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 30, source = "met at many servers", any = {
	"mx for your domain", "a or mx for your", "mx record for your", "dns for your domain", "your domain has no",
	"your domain does not", "your domain doesn't", "your domain is not", "your domain isn't",
	"your domain could not", "your domain cannot", "your domain can't", "your sender domain",
	"in the name of another", "in someone else's name", "under another name", "someone else's address",
	"our own domain", "from unknown addresses", "from this sender",
} }
rules:add { category = "sender-rejected", confidence = 0.42, words = true, source = "met at many servers", any = {
	"bad name", "domain has a bad", "disreputable", "in the name of",
} }
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 80, source = "met at many servers", any = {
	"spoofing of local", "spoofing of our", "spoofing of your own", "spoofing a local", "spoofing our",
} }
rules:add { category = "sender-rejected", confidence = 0.45, code = 5, source = "Postfix, hosters", any = {
	"fully qualified email address", "fully qualified address", "fully-qualified email address",
} }
-- 5.1.0 says that something is wrong with an address, not with whose.
rules:add { category = "sender-rejected", confidence = 0.7, enhanced = "*.1.0", weight = 10, words = true,
	source = "RFC 3463", any = { "sender", "senders", "mail from", "from address", "originator", "return path" } }
rules:add { category = "sender-rejected", confidence = 0.42, code = 5, words = true, source = "Exim, Sendmail", any = {
	"bounces", "bounce must",
} }
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 40, source = "met at many servers", any = {
	{ "sender", "not in our" }, { "sender", "not in the" }, { "sender", "isn't in our" }, { "sender", "not listed" },
	{ "sender", "not registered" }, { "sender", "unregistered" }, { "domain", "got blocked" },
	{ "return address", "not work" }, { "return address", "invalid" }, { "return address", "rejected" },
	{ "return address", "not exist" }, { "return address", "not accepted" },
} }
rules:add { category = "sender-rejected", confidence = 0.42, words = true, source = "met at many servers", any = {
	"return address", "your envelope",
} }
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 45, source = "sender verification by callout", any = {
	{ "sender", "no such address" }, { "sender", "no such user" }, { "sender", "user unknown" }, { "sender", "unknown user" },
	{ "sender", "mailbox unavailable" }, { "sender", "no such mailbox" }, "unwanted senders", "unwanted sender",
	"throwaway domain", "throwaway domains", "throw-away domain", "disposable domain", "disposable domains",
	"disposable address", "disposable sender",
} }
rules:add { category = "sender-rejected", confidence = 0.8, words = true, weight = 30, source = "met at many servers", any = {
	"sending domain must", "sender domain must", "your domain must", "sender's domain must", "envelope domain must",
} }
-- Exim asked the sender's server, and could not.
rules:add { category = "sender-rejected", confidence = 0.46, source = "Exim", any = { "callback setup failed" } }
rules:add { category = "sender-rejected", confidence = 0.82, weight = 20, words = true, source = "met at many servers", any = {
	"not a valid from address", "no valid from address", { "callout to", "failed" }, { "callout", "not verify" },
	{ "callback", "not verify" }, { "claiming to come from", "not wanted" },
} }
rules:add { category = "sender-rejected", confidence = 0.82, code = 5, weight = 30, words = true, source = "met at many servers", any = {
	"failure for sender domain", { "dns", "of sender domain" }, { "dns", "sender's domain" },
} }
