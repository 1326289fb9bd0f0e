-- The server does not take mail for this domain from us: often an MX that points at the wrong place.
local rules = rebuff.rules

rules:add { category = "relay-denied", confidence = 0.95, weight = 60,
	source = "Postfix, Exim, Sendmail, qmail, Exchange and others", any = {
	"relay denied", "relaying denied", "relay not permitted", "relaying not permitted",
	"relaying is not permitted", "relay not allowed", "relaying not allowed", "relay is not allowed",
	"relaying is not allowed", "relaying disallowed", "relaying prohibited", "relay prohibited",
	"relaying blocked", "relaying refused", "relaying rejected", "relay rejected", "relay refused",
	"relay disabled", "relay forbidden", "relaying forbidden", "no relaying", "no relay", "not relay",
	"not relaying", "do not relay", "don't relay", "does not relay", "doesn't relay", "won't relay",
	"will not relay", "unable to relay", "cannot relay", "can not relay", "can't relay",
	"not permitted to relay", "not allowed to relay", "not authorized to relay", "unauthorized relay",
	"unauthorised relay", "not an open relay", "insecure mail relay", "relaying mail to", "as a relay",
	"to relay mail", "mail relay denied", "third-party relay", "third party relay", "relay attempt",
	"relay operation", "smtp relay service", "isn't in my list of allowed rcpthosts",
	"is not in my list of allowed rcpthosts", "in my list of allowed rcpthost", "allowed rcpthosts",
	"rcpthosts", "not a gateway", "not local host", "not a local domain", "non-local domain",
	"non local domain", "non-local recipient", "not hosted here", "not hosted on this", "domain not hosted",
	"is not hosted", "we don't handle mail for", "we do not handle mail for",
	"don't accept mail for this domain", "do not accept mail for this domain",
	"does not accept mail for this domain", "not accept mail for that domain", "does not handle mail for",
	"not our domain", "not one of our domains", "domain not served", "domain isn't allowed",
	"domain is not allowed", "specified domain is not allowed", "that domain is not", "not configured to relay",
	"not configured to accept mail for", "not configured for this domain", "domain not configured",
	"no mail service for this domain", "you are trying to use me", "trying to use me",
	"trying to use our server as", "recipient domain not allowed", "recipient domain not local",
	"recipient domain is not", "remote domain not", "invalid credentials for relay",
	"is not authorized to send email directly to our servers", "use the smtp relay at",
	"authenticated to relay", "authentication when attempting to send to a non-local",
	"best-preference mx or a for that host", "isn't in my control/locals", "unknown or unauthorized domain",
	"mail for this domain is not",
} }
rules:add { category = "relay-denied", confidence = 0.75, words = true, weight = 10,
	source = "met at many servers", any = {
	{ "relay", "denied" }, { "relaying", "denied" }, { "relay", "not permitted" }, { "relay", "not allowed" }, {
	"not allowed", "relay" }, { "domain", "not local" }, { "domain", "not hosted" }, "relay", "relaying",
} }
-- More ways to say: not through me.
rules:add { category = "relay-denied", confidence = 0.85, weight = 30,
	source = "Postfix, Exim, Sendmail, qmail, Exchange, MDaemon, hMailServer", any = {
	"not a relay", "is not a relay", "forwarding to remote", "forwarding to other", "not one of our local",
	"is not local", "not served here",
	"not a host served", "not served by", "not accepted at this server",
	"not handled here", "not handled by", "not responsible for", "not the mail server for",
	"not a mail server for", "not an mx for", "not mx for", "not an mx", "not authoritative",
	"non-accepted domain", "not an accepted domain",
	"unknown local domain", "not a valid domain here", "foreign addresses", "remote recipients",
	"remote addresses", "check mail first", "check your mail first",
	"authenticate before", "before you send", "authenticate to send", "authenticated users only",
	"authenticated users", "authorized users only", "smtp authentication in your",
	"turn on smtp authentication", "enable smtp authentication", "authentication required to relay",
	"authentication required for relay", "permitted to relay", "allowed to relay", "prohibited relay",
	"relaynotpermitted", "no third party", "through this server", "through our server", "through this host",
	"via this server",
} }
rules:add { category = "relay-denied", confidence = 0.45,
	source = "Postfix, Exim, Sendmail, qmail, Exchange, MDaemon, hMailServer", any = {
	"local domains", "accepted domain", "remote domains", "outside domains", "foreign domain", "pop before",
	"pop-before", "before sending", "relayaccess", "relaydenied", "gatewaying", "transit",
} }
rules:add { category = "relay-denied", confidence = 0.85, weight = 20,
	source = "Exchange Online", any = {
	"tenantinboundattribution", "tenantattribution", "not for us",
} }
rules:add { category = "relay-denied", confidence = 0.82, weight = 15, source = "met at many servers", any = {
	"mail for third parties", "mail of third parties", "carry mail for", "carry your mail", "forward your mail to",
	"not carry mail", "deliver to foreign", "mail for foreign", "mail for other domains", "mail for others",
} }
rules:add { category = "relay-denied", confidence = 0.82, weight = 25, words = true, source = "met at many servers", any = {
	"only local recipients", "only local addresses", "local recipients only", "only for local", "only to local",
	"forwarding outside", "outside mail", "don't do mail for", "do not do mail for", "no mail for other domains",
	"other people's mail", "foreign domains", "for foreign", "to foreign",
	{ "remote domains", "known users" }, { "mail to remote", "only" },
} }
rules:add { category = "relay-denied", confidence = 0.83, weight = 20, words = true, source = "met at many servers", any = {
	"not host this domain", "don't host this domain", "not host that domain", "don't host that domain",
	"domain isn't handled", "domain is not handled", "domain isn't hosted", "domain isn't local", "domain isn't ours",
	"domain is not ours", "not host mail for",
} }
rules:add { category = "relay-denied", confidence = 0.83, weight = 30, words = true, source = "met at many servers", any = {
	"not the mail exchanger for", "aren't the mail exchanger", "not a mail exchanger for", "own domains only",
	"only for its own domains", "only for our own domains", "only for our domains", "our own domains only",
} }
rules:add { category = "relay-denied", confidence = 0.8, words = true, weight = 20, source = "met at many servers", any = {
	"is relayed", "are relayed", "be relayed", "isn't relayed", "user isn't local", "recipient isn't local",
	"try the right server",
} }
-- Nothing there takes mail for it; of who lives there it says nothing.
rules:add { category = "relay-denied", confidence = 0.46, source = "Haraka", any = { "i cannot deliver mail for" } }
rules:add { category = "relay-denied", confidence = 0.8, weight = 20, source = "French servers", any = {
	"ne relaie pas", "ne relaye pas", "relaie pas", "relaye pas",
} }
