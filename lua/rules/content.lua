-- The message itself: spam, viruses, attachments, links, broken form.
local rules = rebuff.rules

rules:add { category = "content-blocked", confidence = 0.93, weight = 15,
	source = "SpamAssassin, rspamd, amavis, Barracuda, Fortinet, Cisco and others", any = {
	"spam message", "message is spam", "message as spam", "is spam", "considered spam", "considered as spam",
	"detected as spam", "classified as spam", "identified as spam", "flagged as spam", "marked as spam",
	"tagged as spam", "scored as spam", "recognized as spam", "recognised as spam", "rejected as spam",
	"reject as spam", "refused as spam", "treated as spam", "regarded as spam", "looks like spam",
	"look like spam", "looked like spam", "appears to be spam", "appeared to be spam", "seems to be spam",
	"may be spam", "might be spam", "probably spam", "probable spam", "likely spam", "suspected spam",
	"suspected as spam", "suspicion of spam", "suspected to be spam", "suspicious content",
	"suspicious message", "message is suspicious", "is likely unsolicited", "likely unsolicited mail",
	"unsolicited mail", "unsolicited bulk", "unsolicited commercial", "unsolicited email", "unsolicited e-mail",
	"unsolicited message", "appears to be unsolicited", "bulk mail", "bulk email", "bulk message",
	"bulk.advertising", "spam detected", "spam content", "spam-content", "spam score", "spamscore",
	"spam level", "spam check", "spam filter", "spam filters", "spam engine", "spam blocked", "spam refused",
	"spam rejected", "spam not accepted", "spam email", "spam mail", "spam-like", "spamlike", "spam like",
	"spam probability", "probability of spam", "probability of being spam", "similar to spam",
	"spam classification", "spam or virus", "spam/virus", "virus or spam", "spam signature", "spam pattern",
	"anti-spam", "antispam", "anti spam", "spamassassin", "rspamd", "spamtrap", "spam trap", "no spam",
	"accept spam", "spamming not allowed", "content denied", "message contains spam", "junk mail", "is junk",
	"junk email", "gtube", "matched map", "blocked by filter", "blocked by our filter", "rejected by filter",
	"rejected by filters", "content filter", "content filtering", "message filter", "header filter",
	"body filter", "filter rejected", "pyzor", "- spam", "ube, id=",
	"content rejected", "content is rejected", "message content rejected", "message content was not accepted",
	"content not accepted", "content refused", "content blocked", "blocked due to content",
	"rejected due to content", "rejected for content", "due to its content", "because its content",
	"because of its content", "because of the content", "its content presents", "content violation",
	"content policy", "content restriction", "content restrictions", "nature of the content",
	"related to content", "bad content", "banned content", "illegal content", "prohibited content",
	"objectionable", "offensive", "profanity", "forbidden content", "not allowed content", "blocked content",
	"banned word", "forbidden word", "banned phrase", "signature matched", "phishing",
	"malware", "trojan", "clamav", "eicar", "ransomware", "malicious", "prohibited attachment",
	"prohibited file", "attached file", "file extension", "filename extension", "encrypted archive",
	"password protected", "password-protected", "banned file", "banned:", "blocked file", "forbidden file",
	"dangerous file", "dangerous content", "potential security", "security risk", "security threat",
	"threat detected",
} }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10,
	source = "amavis, Gmail, Exchange, Exim and others", any = {
	"header error", "header errors", "bad header", "invalid header", "malformed header",
	"headers are not rfc compliant", "header is invalid", "header syntax", "missing header", "missing headers",
	"missing required header", "missing date", "missing from", "missing message-id", "no message-id",
	"missing subject", "message-id header", "message id header", "duplicate header", "duplicated header",
	"more than one from", "from: header", "no from header", "valid from:", "valid from address", "date header",
	"date: header", "received header", "to header", "resent-from", "unicode character in a disallowed",
	"8-bit data in message header", "8bit data", "non-ascii", "invalid characters", "invalid character",
	"illegal characters", "nul character", "nul characters", "null character", "null characters", "bare lf",
	"bare linefeed", "bare line feed", "bare newline", "bare cr", "bare <lf>", "bare <cr>", "lone cr",
	"lone lf", "mail message is malformed", "malformed message", "message is malformed", "malformed mime",
	"mime error", "invalid mime", "mime complexity", "mime structure", "not rfc 5322", "not rfc 2822",
	"not rfc compliant", "not rfc-compliant", "rfc compliance", "rfc non-compliance", "violates rfc",
	"rfc violation", "improperly-formatted", "improperly formatted", "improper use of 8-bit", "media error",
	"media type", "media not supported", "multiple content errors", "conversion required", "conversion not",
	"message content is not acceptable", "message not rfc", "not standards compliant", "null bytes",
	"message format", "illegal format", "invalid format", "missing a valid address in the from",
	"no sender in header", "ip addresses are not allowed as a from", "same message-id", "ascii art",
} }
rules:add { category = "content-blocked", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "message", "spam" }, { "mail", "spam" }, { "email", "spam" }, { "rejected", "spam" }, { "blocked", "spam"
	}, { "spam", "rejected" }, { "spam", "blocked" }, { "content", "rejected" }, { "content", "blocked" }, {
	"message", "content" }, { "message", "virus" }, { "attachment", "not allowed" }, { "header", "invalid" }, {
	"header", "missing" }, "spam",
} }
rules:add { category = "content-blocked", confidence = 0.8, words = true, source = "met at many servers", any = {
	"virus", "viruses", "infected", "worm", "phish", "scam", "fraud", "attachment",
	"attachments", "executable", "executables", "mime", "uce", "ube", "bayes", "multiple from",
	"from header", "file name", "file type", "zip file", "mail filter", "rfc 5322", "rfc5322", "rfc 2822",
	"rfc2822", "invalidcontent", "cat.invalidcontent",
} }
-- "blocked" by a filter, of the message rather than of us.
rules:add { category = "content-blocked", confidence = 0.8, source = "met at many servers", any = {
	"message blocked", "message has been blocked", "message was blocked", "mail has been blocked",
	"email has been blocked", "this message has been rejected", "your message was rejected by the",
	"message looks", "message scored", "this message scored", "sa score", "too many hits",
	"message quarantined", "was quarantined", "message discarded", "message was detected",
	"message has been temporarily blocked by our filter", "email rejected due to security policies",
	"mcspamsignature",
} }
-- More that is said about the message itself.
rules:add { category = "content-blocked", confidence = 0.75, words = true, weight = 6,
	source = "SpamAssassin, rspamd, amavis, ClamAV, DSPAM, Exchange, MDaemon, filter appliances", any = {
	"unwanted message", "blocked by our",
	"spam characteristics", "blocked attachment", "attachment blocked", "attachment rejected",
	"attachment removed", "dangerous attachment", "unsafe attachment", "forbidden attachment",
	"banned attachment", "illegal attachment", "executable attachment", "archive attachment",
	"double extension", "link in the message", "link in your", "suspicious attachment", "suspicious subject",
	"suspicious header", "subject rejected", "forbidden subject", "message has no",
	"content-transfer-encoding", "message structure", "too long line", "exceeds maximum line",
	"maximum allowed line", "rfc 5322 section", "message refused by",
	"message refused due", "blocked due to its",
	"prohibited words", "content type not",
} }
rules:add { category = "content-blocked", confidence = 0.45, words = true,
	source = "SpamAssassin, rspamd, amavis, ClamAV, DSPAM, Exchange, MDaemon, filter appliances", any = {
	"unwanted mail", "unwanted email", "filters think", "our filters", "spammy",
	"spam-related",
	"spam.", "spam:",
	"junk",
	"fingerprint", "heuristic", "heuristics", "checksum",
	"dcc", "razor", "dspam", "crm114", "bogofilter", "bayesian", "sanesecurity", "securiteinfo",

	"macro", "macros", "office document",
	"encrypted zip", "zip archive", "rar archive", "archives are", "iso image", "file types",
	"bad words", "bad word", "word filter", "keyword", "keywords",
	"blocked phrase", "phrase", "obscene", "link to", "links to", "url in", "urls in", "hyperlink",
	"shortened url", "url shortener", "suspicious link", "suspicious url", "header check",
	"header checks", "body check", "body checks", "subject check", "bad subject", "subject line",
	"message subject", "no subject", "empty message", "empty body", "blank message", "no body", "no from",
	"no date", "missing body", "lacks a", "lacking a",
	"boundary", "mime-version", "content-type", "content type", "charset", "character set", "encoding",
	"base64", "html only", "html-only", "html mail", "html message", "html not", "invisible text",
	"line length", "line longer", "lines longer", "long lines", "998", "maximum line", "octets", "bad_header",
	"bad-header", "rfc 822", "rfc822", "not compliant", "noncompliant", "non-compliant", "noncompliance",
	"malformed mail", "malformed email", "spyware", "adware", "exploit",
	"cryptolocker", "sandbox", "threat", "infection", "disinfect", "quarantine", "antivirus",
	"anti-virus", "viral", "w32/", "win32", "win.", "html.", "heur", "js/", "vbs", "exe file", ".exe", ".zip",
	".js", ".scr", ".docm", "inappropriate", "adult content", "pornograph", "gambling", "pharma", "viagra",
	"lottery",
} }
rules:add { category = "content-blocked", confidence = 0.9, weight = 50,
	source = "MailScanner, McAfee, Exim, amavis, Postfix", any = {
	"body too spammy", "too spammy", "denied [cs]", "denied [cu]", "message body contains",
	"blacklisted file extension", "blacklisted attachment", "blacklisted extension", "blacklisted word",
	"blacklisted keyword", "blacklisted content", "blacklisted subject", "maximum allowed line length",
	"rejected by header check", "rejected by body check", "matched a header check", "spam message rejected",
	"next-hop mta on relaying, spam", { "header check", "subject" }, { "line length", "octets" },
	{ "attachments", "not accepted" }, { "attachment", "not accepted" }, { "attachments", "refused" },
	{ "attachments", "rejected" }, { "rejected by next-hop", "spam" },
} }
rules:add { category = "content-blocked", confidence = 0.88, weight = 30,
	source = "Gmail, Facebook, Exchange", any = {
	"missing a valid messageid", "messages missing a valid", "multiple instances of a header",
	"multiple instances of the header", "can only be present once", "attachment type that",
	"url that has been blocked", "does not accept attachments", "message contains an attachment",
	"message contains a virus", "message contains a link", "message contains a url", "multiple from addresses",
} }
-- The header field From:, with its colon, is of the message; the sender of the envelope is another matter.
rules:add { category = "content-blocked", confidence = 0.85, weight = 20,
	source = "GoDaddy, Exim, amavis", any = {
	"blank from", "empty from:", "empty from header", "missing from:", "no from:", "invalid from:", "bad from:",
	"malformed from", "two from", "several from", "from: line", "from: field", "from: address", "from: addresses",
	"from line", "from field", "from header is", "blank subject", "empty subject", "blank to:", "blank header",
	"empty header", "missing to:",
} }
rules:add { category = "content-blocked", confidence = 0.85, scope = "url", weight = 35, words = true,
	source = "SpamExperts, rspamd, URI block lists", any = {
	{ "url", "is listed" }, { "link", "is listed" }, { "url", "listed on" }, { "link", "listed on" },
	{ "link", "block list" }, { "url", "block list" }, { "web address", "listed" }, { "web site", "listed" },
	{ "website", "listed" }, { "url in this", "listed" },
} }
rules:add { category = "content-blocked", confidence = 0.45, code = 5, words = true, source = "met at many servers", any = {
	"points", "content rule", "content rules", "content check", "content scan", "the filter",
	"filter rule", "filtered", "filtering", "score", "scored", "scoring", "classified", "classifier", "trap",
	"junkmail", "commercial", "advert", "adverts", "ads", "promotion", "promotional", "chain letter",
	"bulk", "mass mail", "mass mailing", "mass mailings", "looks like", "looks too", "looks suspicious",
} }
rules:add { category = "content-blocked", confidence = 0.8, code = 5, weight = 10, source = "RFC 2045, RFC 3463", any = {
	"unsupported charset", "unsupported character", "charset in header", "unsupported encoding",
	"unsupported content", "unsupported media", "unsupported attachment",
} }
rules:add { category = "content-blocked", confidence = 0.8, code = 5, weight = 25, source = "met at many servers", any = {
	"not accepting mail with", "does not accept mail with", "not accept messages with",
	"not accept emails with", "header are not accepted", "headers are not accepted", "header is not accepted",
	"header not accepted", "headers not accepted", "header lines are not",
} }
rules:add { category = "content-blocked", confidence = 0.7, code = 5, words = true, weight = 4, source = "met at many servers", any = {
	"content of your", "content of the", "this content", "judged", "unsafe", "this subject", "the subject", "subject isn't",
	"cyrillic", "chinese characters", "foreign language", "triggers our", "triggered our", "triggers a filter",
	"triggered a filter", "triggers a rule", "unwanted language",
} }
rules:add { category = "content-blocked", confidence = 0.85, code = 5, weight = 20, words = true, source = "Exim, Postfix", any = {
	"8bit characters", "8-bit characters", "eight bit characters", "eight-bit characters", "eight bit data", "illegal bom",
	"byte order mark", "non-printable", "control characters", "unencoded characters",
} }
rules:add { category = "content-blocked", confidence = 0.85, weight = 45, source = "Symantec Email Security.cloud",
	any = { { "message filtered", "troubleshooting" } } }
rules:add { category = "content-blocked", confidence = 0.88, weight = 70, words = true, source = "met at many servers", any = {
	{ "failed", "antispam checks" }, { "failed", "anti-spam checks" }, { "failed", "spam checks" },
	{ "failed", "antispam check" }, { "failed", "spam tests" }, { "failed", "spam test" },
} }
rules:add { category = "content-blocked", confidence = 0.88, source = "filter appliances, own servers", any = {
	"spam_detected", "is_spam", "virus_detected", "virus_found", "spam_reject", "spam_rejected", "content_reject",
} }
rules:add { category = "content-blocked", confidence = 0.82, code = 5, words = true, weight = 10, source = "met at many servers", any = {
	"empty mail", "empty email", "our filter", "our filters", "matches a pattern", "matched a pattern", "matches pattern",
	"body matches", "unwanted advertising",
} }
rules:add { category = "content-blocked", confidence = 0.8, code = 5, words = true, weight = 10, source = "RFC 5322", any = {
	{ "lacks", "message-id" }, { "lacks", "date" }, { "lacks", "from:" }, { "lacks", "subject" }, { "without", "message-id" },
	{ "without", "date:" }, { "without", "from:" }, { "without", "subject" }, "no message-id", "no message id",
} }
rules:add { category = "content-blocked", confidence = 0.85, words = true, weight = 30, code = 5, source = "met at many servers", any = {
	"refused as uce", "rejected as uce", "refused as ube", "rejected as ube", "infected with", "infected by",
} }
rules:add { category = "content-blocked", confidence = 0.82, weight = 10, source = "German servers", any = {
	"virenverdacht", "virus verdacht", "virenfund", "virenbefall",
} }
