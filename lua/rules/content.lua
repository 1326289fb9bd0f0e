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
	"virus", "viruses", "infected", "worm", "trojan", "phish", "phishing", "scam", "fraud", "attachment",
	"attachments", "executable", "executables", "mime", "uce", "ube", "bayes", "pyzor", "multiple from",
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
