-- The recipient's domain does not exist, or takes no mail.
local rules = rebuff.rules

-- RFC 7505: the domain says itself that it takes no mail. One such finding is enough.
rules:add { category = "domain-bad", confidence = 0.97, action = "suppress", weight = 20, source = "RFC 7505", any = {
	"recipient address has null mx", "domain has null mx", "has a null mx", "nullmx",
	"does not accept mail (null", "does not accept mail (nullmx)", "host or domain does not accept mail",
	"host/domain does not accept mail", "domain does not accept mail", "host does not accept mail",
	"an mx or srv record indicated no smtp service", "indicated no smtp service",
	"domain does not accept email", "domain does not receive mail", "domain not accepting mail",
	"name server: .: host not found", "does not accept email for",
} }
rules:add { category = "domain-bad", confidence = 0.92, weight = 5, source = "met at many servers", any = {
	"host unknown", "unknown host", "host not found", "host or domain name not found", "domain not found",
	"domain unknown", "unknown domain", "unknown mail domain", "no such domain",
	"domain does not exist", "domain doesn't exist", "domain not exist", "non-existent domain",
	"nonexistent domain", "non existent domain", "domain is not valid", "domain is invalid", "invalid domain",
	"bad domain", "invalid destination domain", "domain name not found", "domain could not be found",
	"domain was not found", "recipient domain must exist", "recipient domain not found",
	"recipient domain does not exist", "recipient domain has no",
	"recipient address rejected: domain not found", "recipient address rejected: unknown domain",
	"recipient address rejected: malformed dns", "find the recipient domain", "couldn't find any host",
	"couldn't find any host named", "could not find any host", "couldn't find a mail exchanger",
	"no mail exchanger", "no mail exchangers", "no mx record", "no mx records", "no mx found", "no mx host",
	"no valid mx", "has no mx", "mx lookup failed", "mx record not found", "no mx for", "no mail server",
	"no mail servers", "no mail hosts", "could not find a gateway for", "domain is not reachable",
	"domain isn't reachable", "unrouteable mail domain", "unroutable mail domain", "unrouteable domain",
	"unroutable domain", "cannot resolve domain", "can't resolve domain", "could not resolve domain",
	"domain could not be resolved", "unable to resolve domain", "domain cannot be resolved", "nxdomain",
	"illegal host/domain name", "mail domain mentioned in email address is unknown",
	"the account or domain may not exist", "domain may not exist", "bad destination system address",
	"bad destination host", "bad destination system", "destination host unknown",
	"destination domain not found", "destination domain does not exist", "name or service not known",
	"no address associated with hostname", "no address associated with name",
	"dns records for the destination computer could not be found",
	"all relevant mx records point to non-existent hosts", "host does not exist", "host name lookup failure",
	"hostname lookup failed", "no data known", "authoritative answer from name server", "domain is disabled",
	"domain disabled", "domain is expired", "domain expired", "domain has expired", "domain is inactive",
	"domain no longer", "domain name no longer", "domain is no longer", "domain closed",
	"no mail-enabled subscriptions", "hosted tenant which has no mail-enabled", "license expired",
	"no route found to domain", "domain is parked", "smtp service is not available for this domain",
	"this domain does not", "this domain is not", "not a valid domain", "domain not accepted here",
	"domain not allowed here",
} }
rules:add { category = "domain-bad", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "domain", "does not exist" }, { "domain", "not found" }, { "domain", "not exist" }, { "host", "not found"
	}, { "domain", "unknown" }, { "lookup of", "failed" }, { "domain", "no longer" }, { "mx", "not found" }, {
	"domain", "expired" },
} }
-- The lookup went wrong for now: nothing is said about the domain.
rules:add { category = "network-error", confidence = 0.85, weight = 25,
	source = "Postfix, Exim, Sendmail, qmail", any = {

	"host not found, try again", "temporary failure in name resolution", "dns lookup failure",
	"dns lookup failed temporarily", "dns temporarily failed", "temporary dns error", "temporary dns failure",
	"temporary dns lookup", "dns timeout", "dns server failure", "dns query failed", "dns error", "dns failure",
	"servfail", "cname lookup failed temporarily", "cname_lookup_failed_temporarily", "name server timeout",
	"name server failure", "host map: lookup", "host lookup did not complete",
	"malformed or unexpected name server reply", "malformed name server reply", "nameserver failure",
	"no matches to nameserver query", "resolver error", "host name lookup failed temporarily",
} }
-- Postfix: "... not found. Name service error for name=x type=MX: Host not found" is final, though.
rules:add { category = "domain-bad", confidence = 0.93, weight = 60, source = "Postfix", any = {
	{ "host or domain name not found", "host not found" }, { "host or domain name not found", "name service error" },
} }
rules:add { category = "network-error", confidence = 0.9, weight = 90, source = "Postfix", any = {
	{ "host or domain name not found", "try again" }, { "name service error", "try again" },
} }
-- What Exim's router says itself, before any connection. Elsewhere the same words are another server's.
rules:add { category = "domain-bad", confidence = 0.9, stage = "dns", weight = 95, source = "Exim 4.96", any = {
	"unrouteable address", "all relevant mx records point to non-existent hosts", "all relevant srv records point to non-existent hosts",
} }
rules:add { category = "domain-bad", confidence = 0.97, action = "suppress", stage = "dns", weight = 95, source = "Exim 4.96, RFC 7505", any = {
	"an mx or srv record indicated no smtp service",
} }
rules:add { category = "network-error", confidence = 0.85, stage = "dns", weight = 95, source = "Exim 4.96", any = {
	"host lookup did not complete", "all relevant host lookups failed",
} }
-- More ways to say that there is no such domain, or no mail for it.
rules:add { category = "domain-bad", confidence = 0.85, weight = 6,
	source = "Postfix, Exim, Exchange, resolvers", any = {
	"no mx or a record", "no mx and no a", "no mx nor a", "neither mx nor a", "no a or mx",
	"no a record and no mx", "no mx record and no a", "domain lookup failed",
	"able to find the recipient domain", "find the destination domain", "dns hard error",
	"no dns records", "no dns entry for the recipient", "no dns entry for domain", "domain has been cancelled",
	"domain has been canceled", "domain was cancelled", "domain has been deleted", "domain was deleted",
	"domain has been removed", "domain is not registered", "domain not registered", "unregistered domain name",
	"domain is not available",
	"domain is not configured for mail", "domain has no mail", "domain has no mailboxes", "domain has no mx",
	"domain has no valid mx", "domain has no mail server", "domain has no mail exchanger",
	"no mail is accepted for this domain", "unable to look up host", "unable to lookup host",
	"cannot look up host", "unable to resolve host", "unable to resolve mx", "could not resolve host",
	"cannot resolve host", "can't resolve host", "no such host", "mx host does not exist",
	"mx record points to", "mx records point to", "mx points to", "mx is invalid", "mx resolves to",
	"unroutable recipient domain", "unable to route to domain", "no route to domain", "no route for domain",
	"undeliverable domain", "domain name is invalid", "domain name is not valid", "domain name does not exist",
	"invalid domain name", "unknown domain name", "domain is unknown", "unknown recipient domain",
	"recipient domain unknown", "recipient domain is invalid", "no longer hosted", "infodomainnonexistent",
	"domain does not resolve",
} }
rules:add { category = "domain-bad", confidence = 0.45,
	source = "Postfix, Exim, Exchange, resolvers", any = {
	"domain deleted", "domain removed", "bogus mx", "invalid mx", "wrong domain",
} }
rules:add { category = "domain-bad", confidence = 0.85, code = 521, weight = 20, source = "RFC 7504",
	any = { "does not accept mail", "does not accept email", "no mail is accepted" } }
rules:add { category = "domain-bad", confidence = 0.8, weight = 10, words = true, source = "met at many servers", any = {
	{ "domain", "isn't registered" }, { "domain", "not registered" }, { "domain", "not been registered" },
	{ "dns", "does not exist" }, { "dns", "doesn't exist" },
	{ "dns", "no such domain" }, { "domain", "has lapsed" }, { "domain", "was deleted" },
	{ "domain", "was cancelled" },
} }
rules:add { category = "domain-bad", confidence = 0.8, code = 5, weight = 15, words = true, source = "met at many servers", any = {
	{ "domain", "parked" }, { "domain", "for sale" }, { "domain", "suspended by registrar" },
} }
rules:add { category = "domain-bad", confidence = 0.48, code = 5, words = true, source = "met at many servers", any = {
	{ "domain", "given up" }, { "domain", "abandoned" }, { "domain", "ceased" },
} }
rules:add { category = "domain-bad", confidence = 0.85, enhanced = "*.1.2", weight = 20, words = true, source = "RFC 3463", any = {
	"domain part", "known in the dns", "known in dns", "domain",
} }
