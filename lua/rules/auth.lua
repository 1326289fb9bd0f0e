-- SPF, DKIM, DMARC, ARC: our sending domain's papers.
local rules = rebuff.rules

rules:add { category = "auth-failed", confidence = 0.95, weight = 60,
	source = "RFC 7372, met at many servers", any = {
	"spf check", "spf-check", "spf fail", "spf softfail", "spf hardfail", "spf record", "spf records",
	"spf validation", "spf verification", "spf policy", "spf permerror", "spf temperror", "spf error",
	"spf neutral", "spf none", "spf reject", "spf result", "spf sender invalid", "spf authentication",
	"spf restriction", "spf settings", "spf configuration", "spf mismatch", "spf violation", "spf alignment",
	"failed spf", "fails spf", "fail spf", "by spf", "per spf", "due to spf", "bad spf", "no spf",
	"missing spf", "pass spf", "valid spf", "invalid spf", "spf:", "spf=fail", "(spf)",
	"sender policy framework", "openspf.org", "openspf.net", "spf.pobox.com", "why?s=mfrom",
	"not permitted by domain of", "not designated", "is not allowed to send mail from",
	"not allowed to send from", "is not permitted to send mail from", "is not permitted to send mail for",
	"is not permitted to send from", "is not authorized to send mail from", "not authorized to send on behalf",
	"not authorized by domain", "isn't authorized", "invalid ip for sending mail of domain",
	"ip not authorized", "does not designate",
	"dkim", "domainkeys", "dkim signature", "dkim check", "dkim fail", "dkim validation", "dkim sender invalid",
	"no dkim", "dkim=fail",
	"dmarc", "dmarc policy", "dmarc check", "dmarc fail", "failed dmarc", "fails dmarc", "dmarc verification",
	"dmarc validation", "dmarc alignment", "by dmarc", "dmarc sender invalid", "dmarc reject", "dmarc=fail",
	"arc seal", "arc validation", "arc-seal",
	"unauthenticated email", "unauthenticated mail", "unauthenticated message", "senders to authenticate",
	"sender authentication", "email authentication", "message authentication", "domain authentication",
	"authentication checks failed", "multiple authentication checks failed",
	"fails to pass authentication checks", "authentication checks", "required authentication level",
	"authentication results", "not authenticated by", "sender id check", "sender-id", "senderid", "adsp",
	"bimi", "identity alignment", "spoofed message", "spoofed email", "spoofed sender", "spoofing",
	"anti-spoofing", "antispoofing", "rejecting spoofed", "is spoofed", "sender spoof", "claims to be from",
	"impersonat", "cannot send mail as", "sending local domain from outside", "internal domain from external",
} }
-- The receiver could not ask the DNS.
rules:add { category = "auth-failed", fault = "network", confidence = 0.85, code = 4, weight = 90,
	source = "met at many servers", any = {
	{ "spf", "temporary" }, { "dmarc", "temporary" }, { "dkim", "temporary" }, { "spf", "timeout" },
} }
rules:add { category = "auth-failed", confidence = 0.8, words = true, weight = 30,
	source = "met at many servers", any = { "spf",  } }
-- More that is said about papers.
rules:add { category = "auth-failed", confidence = 0.8, code = 5, weight = 30,
	source = "RFC 7208, RFC 6376, RFC 7489, milters, filter appliances", any = {
	"authenticated sender domain", "pretends to be", "pretending to be", "claiming to be", "claims to come",
	"signature missing", "signature invalid", "signature verification", "unsigned message",
	"message is not signed", "author domain signing", "authentication policy",
	"authorized by the domain", "not authorised by",
	"unauthorized server", "unauthorised server", "unauthorized host", "sender id (pra)",
	"purported responsible", "not permitted sender", "as permitted sender", "permitted sender",
	"permitted senders", "allowed sender hosts", "dns policy of",
} }
rules:add { category = "auth-failed", confidence = 0.45, code = 5,
	source = "RFC 7208, RFC 6376, RFC 7489, milters, filter appliances", any = {
	"p=reject", "p=quarantine", "not aligned", "alignment", "unaligned", "unauthenticated", "author domain",
	"-all", "own servers", "forged", "forgery", "forge",
	"phantom sender", "dkim-signature", "body hash", "signature body",
	"not signed", "unsigned mail", "unauthorized ip", "unauthorised ip", "pra)",
	"domain owner", "domain owner's", "domain's owner",
} }
rules:add { category = "auth-failed", confidence = 0.85, code = 5, weight = 45,
	source = "met at many servers", any = {
	"through its own servers", "must come through",
} }
rules:add { category = "auth-failed", confidence = 0.92, weight = 60,
	source = "Facebook, Gmail", any = {
	"domain authentication requirements", "does not comply with facebook's domain authentication",
	"does not match the spf record",
} }
rules:add { category = "auth-failed", confidence = 0.92, weight = 60, source = "Gmail", any = {
	"mail is unauthenticated", "message is unauthenticated", "email is unauthenticated", "sender is unauthenticated",
	"mail was unauthenticated", "message was unauthenticated",
} }
rules:add { category = "auth-failed", fault = "network", confidence = 0.85, code = 4, weight = 90, words = true,
	source = "RFC 7208, RFC 6376", any = {
	{ "transient", "spf" }, { "transient", "dkim" }, { "transient", "dmarc" }, { "spf", "dns" }, { "dkim", "dns" },
	{ "dmarc", "dns" }, { "spf", "timed out" }, { "dkim", "timed out" }, { "failed to fetch", "key" },
} }
rules:add { category = "auth-failed", confidence = 0.8, code = 5, weight = 25, words = true, source = "met at many servers", any = {
	"domain is not authenticated", "domain not authenticated", "authorized to send for this domain",
	"authorised to send for this domain", "allowed to send for this domain", "permitted to send for this domain",
	"allowed to use this domain", "authorized to use this domain", "unaligned from", "from domain unaligned",
	"from domain not aligned",
} }
rules:add { category = "auth-failed", confidence = 0.8, code = 5, words = true, weight = 10, source = "met at many servers", any = {
	"spoofs", "spoofed",
} }
