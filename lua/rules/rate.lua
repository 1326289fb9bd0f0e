-- Too much, too fast, too many at once. The scope says what waits: our address (nothing given), the
-- recipient, the transaction (the rest goes at once in another), the session (a new connection).
local rules = rebuff.rules

rules:add { category = "rate-limited", confidence = 0.93, weight = 25, source = "met at many servers", any = {
	"rate limit", "rate-limit", "ratelimit", "rate limited", "rate limiting", "rate control", "rate too high",
	"sending rate", "message rate", "mail rate", "submission rate", "connection rate", "throttl", "too fast",
	"too quickly", "too rapidly", "slow down", "try again slower", "sending too much", "send too many",
	"sent too many", "sending too many", "too many messages", "too many mails", "too many emails",
	"too many mail", "too many e-mails", "too much mail from", "too many concurrent",
	"too many simultaneous", "too many sessions", "too many smtp sessions", "too many open connections",
	"too many parallel", "too many incoming connections", "too many connects",
	"too many tcp", "connection limit", "connections limit", "concurrent connection", "concurrent connections",
	"simultaneous connections", "maximum number of connections", "maximum number of concurrent",
	"maximum connections", "max connections", "connection frequency", "frequency limited", "frequency limit",
	"connection count", "connections from your host", "connections from your ip exceeded", "messages per hour",
	"emails per hour", "mails per hour", "hourly limit", "daily limit", "hourly quota", "daily quota",
	"daily relay quota", "daily sending", "daily user sending", "daily smtp relay",
	"sending limit", "send limit", "send quota", "submission limit", "outgoing limit", "outbound limit",
	"has exceeded permitted limits", "exceeded permitted limits", "exceeded the maximum number",
	"exceeded maximum number", "exceeded the max", "maximum number of messages", "maximum credits exceeded",
	"max defers and failures", "excessive volume", "unexpected volume", "unusual rate", "unusual volume",
	"high volume", "volume limit", "volume of mail", "volume of email", "relay limit", "peak smtp relay",
	"smtp relay limit", "bulk rate", "exceeded its quota for sending", "quota for sending",
	"deferred due to excessive", "too many requests", "teergrub", "message threshold exceeded",
	"tenant has exceeded threshold",
} }
rules:add { category = "rate-limited", confidence = 0.93, scope = "recipient", weight = 45,
	source = "Gmail, Yahoo, Microsoft and others", any = {
	"receiving mail too quickly", "receiving mail at a rate", "rate that prevents additional messages",
	"recipient has exceeded message rate", "the recipient has exceeded their limit",
	"recipient is receiving too", "too many messages for this recipient", "too many recent messages",
	"they can send to this recipient", "they can receive per hour", "recipient thread limit exceeded",
	"too many messages to this recipient", "too many messages received by",
	"recipient limit exceeded for the hour", "recipient's message rate", "recipient rate",
	"mailbox is receiving",
} }
rules:add { category = "rate-limited", confidence = 0.93, scope = "transaction", weight = 30,
	source = "RFC 5321 4.5.3.1.10, met at many servers", any = {
	"too many recipients", "too many rcpt", "too many recipient", "maximum number of recipients",
	"max number of recipients", "maximum recipients", "max recipients", "recipient limit", "recipients limit",
	"number of recipients", "recipients per message", "recipients per transaction", "recipients in one message",
	"recipients in this message", "recipients in a single", "recipient count",
	"exceeds the maximum number of recipients", "too many addresses", "out of allow rcpt numbers",
	"total of rcpts", "multiple destination domains per transaction", "domain policy size per transaction",
	"only one recipient", "one recipient at a time", "one recipient per", "limit of recipients",
	"multiple recipients not",
} }
rules:add { category = "rate-limited", confidence = 0.93, weight = 60, source = "GoDaddy, cPanel", any = {
	{ "too many recipients", "hour" }, { "too many recipients", "day" }, "too many recipients this hour",
	"too many recipients received this hour", { "exceeded", "recipients", "hour" },
	"too many recipients from your",
} }
rules:add { category = "rate-limited", confidence = 0.93, scope = "session", weight = 45,
	source = "met at many servers", any = {
	"too many messages in this session", "too many messages for this session", "too many messages this session",
	"messages per connection", "message per connection", "messages per session", "messages in this connection",
	"messages on this connection", "max message per connection", "transactions per", "too many transactions",
	"messages this session", "maximum messages per", "transaction limit",
} }
rules:add { category = "rate-limited", confidence = 0.75, source = "met at many servers", any = {
	"per hour", "per minute", "per day", "limit exceeded", "exceeded the limit", "exceeded limit",
	"exceeds limit", "limit reached", "limit has been reached", "limit for this", "over the limit",
	"exceeded your", "message limit", "usage limit", "traffic limit", "threshold exceeded", "flood", "flooding",
	"tarpit", "slower", "number of messages", "number of connections", "rate exceeded",
	"message quota", "messages quota",
} }
-- The sender's own quota at a smarthost or hoster.
rules:add { category = "rate-limited", confidence = 0.9, scope = "domain", weight = 65,
	source = "cPanel, hosters", any = {
	"submission quota", "sending quota", "daily sending quota", "daily message quota",
	{ "domain", "exceeded the max emails per hour" }, { "domain", "max defers and failures" }, { "sender",
	"exceeded", "quota" }, { "sender", "exceeded", "limit" }, { "exceeded", "sending", "limit" }, { "exceeded",
	"sending", "quota" }, { "reached", "sending", "limit" }, { "reached your", "quota" }, "reached your daily",
	"sender rate", "sender's rate", "sender frequency limited", "domain frequency limited",
} }
rules:add { category = "rate-limited", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "too many", "connections" }, { "too many", "messages" }, { "too many", "sessions" }, { "exceeded", "limit"
	}, { "exceed", "limit" }, { "maximum", "reached" }, { "limit", "reached" }, { "rate", "exceeded" }, {
	"exceeded", "rate" },
} }
rules:add { category = "rate-limited", confidence = 0.7, source = "Yahoo, Gmail, Microsoft and others", any = {
	"too many", "temporarily deferred due to",
} }
-- Deferred for what the source is, not for what it does.
rules:add { category = "ip-blocked", action = "slow", confidence = 0.9, weight = 60, code = 4,
	source = "Gmail, Microsoft", any = {
	{ "reputation", "rate limited" }, { "rate limited", "reputation" }, { "reputation", "temporarily" },
} }
-- More ways to say: slower.
rules:add { category = "rate-limited", confidence = 0.82, weight = 12,
	source = "Postfix, Exim, Sendmail, Cisco, Microsoft, hosters", any = {
	"sending too often", "hit our limit", "hit the limit", "hit your limit",
	"over your limit", "above the limit", "has been limited", "rate is limited", "rate has been",
	"rate of your", "connection quota", "connections quota", "recipients per hour", "recipients per day",
	"in the last hour", "in the last minute", "in the last day", "in one hour",
	"in one minute", "in one day", "in an hour", "in a minute", "last 24 hours", "within 24 hours",
	"message allowance", "share of messages", "too much traffic", "too much email", "too much mail",
	"too many at once", "too many at a time", "at the same time", "parallel connections",
	"parallel sessions", "come back with fewer", "fewer connections", "reduce the number", "reduce the rate",
	"quota for this hour", "limit exceeded for", "exceeded your rate", "exceeded the rate",
	"exceeded maximum", "exceeded its limit", "exceeded our limit",
	"exceeded the allowed", "exceeded allowed", "exceeded permitted", "exceeded threshold",
	"threshold reached", "threshold has been", "volume threshold",
	"limit for message recipients", "number of emails", "number of mails", "number of mail",
	"number of e-mails", "number of sessions", "number of concurrent", "number of parallel",
	"maximum messages", "maximum sessions", "maximum concurrent",
} }
rules:add { category = "rate-limited", confidence = 0.45,
	source = "Postfix, Exim, Sendmail, Cisco, Microsoft, hosters", any = {
	"speed limit", "sending speed", "too often", "too frequent", "too frequently", "over limit", "above limit",
	"limit hit", "limit is", "limit was", "limited to", "is limited", "your rate",
	"messages rate", "rates", "connections per", "messages per", "mails per",
	"emails per", "24 hour", "24-hour", "per 24", "per ip", "per second",
	"per sender", "daily maximum", "hourly maximum", "daily allowance",
	"monthly limit", "monthly quota", "concurrency", "concurrent", "close some", "reduce your",
	"lower your", "slow your", "back off", "back-off", "backing off", "backoff", "burst",
	"choke", "traffic shaping", "next window", "exceeds rate",
	"exceeded rate", "exceeding rate", "rate exceed", "exceeded max", "volume exceeded",
	"volume of", "message volume", "mail volume", "email volume", "weren't sent",
	"weekly limit", "max concurrent", "max sessions", "max messages", "maximum of",
} }
rules:add { category = "rate-limited", confidence = 0.88, weight = 45,
	source = "met at many servers", any = {
	"number of mails from your host is limited", "mails from your host is limited",
	"messages from your host is limited", { "number of", "is limited" }, { "weren't sent", "rate" },
	{ "exceeded", "rate limit" }, { "exceeded", "messages per" }, { "exceeded", "per hour" },
	{ "exceeded", "per day" }, { "maximum", "per hour" }, { "maximum", "per day" },
	{ "maximum", "per minute" }, { "limit", "per hour" }, { "limit", "per day" }, { "limit", "per minute" },
} }
rules:add { category = "rate-limited", confidence = 0.9, code = 4, weight = 50,
	source = "Microsoft, throttling by address", any = {
	"server busy. please try again later from",
} }
rules:add { category = "rate-limited", confidence = 0.9, weight = 45,
	source = "Exchange Online, Facebook, Comcast and others", any = {
	"exceeded its daily limit", "exceeded their daily limit",
	"daily limit for sending", "daily limit for message recipients", "external recipient rate limit",
	"per hour message receive limit", "too many new connections", "exceeded the maximum number of recipients",
	"connection limit for this ip", "too many sessions opened",
} }
rules:add { category = "rate-limited", confidence = 0.9, scope = "domain", weight = 50, source = "GMX, WEB.DE, hosters",
	any = { "mail send limit", "message send limit", "send limit exceeded" } }
rules:add { category = "rate-limited", confidence = 0.88, weight = 25,
	source = "met at many servers", any = {
	"messages/minute", "messages/hour", "messages/day", "mails/minute", "mails/hour", "mails/day",
	"emails/hour", "emails/day", "msgs/minute", "msgs/hour", "connections/minute", "messages / hour",
	"over hourly rate", "hourly rate", "frequency too high", "frequency is too high", "sending frequency",
	"quota of messages", "sessions at once", "connections at once", "at once, please",
} }
rules:add { category = "rate-limited", confidence = 0.9, weight = 20, scope = "domain",
	source = "Zoho and others", any = {
	"unusual sending activity", "unusual activity from", "suspicious sending activity",
} }
rules:add { category = "rate-limited", confidence = 0.88, weight = 40, scope = "recipient",
	source = "met at many servers", any = {
	"hourly receiving", "receive limit",
} }
rules:add { category = "rate-limited", confidence = 0.47, code = 4, words = true, source = "met at many servers", any = {
	"faster than", "too much for", "connects than", "more connects", "more connections", "more messages than",
	"more mails than", "more mail than", "more recipients than", "recipients over", "recipients at once",
	"mails at once", "messages at once", "in one session", "per session", "in a session", "no more than",
	"not more than", "at most", "allotment", "allowance", "allowed count", "allowed number", "count exceeded",
	"slow", "slowly", "speed", "quickly", "rapid", "hourly", "busy sender", "swamped", "too eager",
	"send less", "fewer", "volume",
} }
rules:add { category = "rate-limited", confidence = 0.6, scope = "transaction", enhanced = "4.5.3", source = "RFC 3463",
	any = { "recipients" } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 45, source = "met at many servers", any = {
	"too many messages from your", "too many messages from this", "too many mails from your",
	"too many emails from your", "too many e-mails from your", "too many connections from your",
	"too many connections from this", "too many sessions from your", "too much mail from your",
} }
rules:add { category = "rate-limited", confidence = 0.85, words = true, weight = 45, source = "met at many servers", any = {
	{ "number of", "connections", "exceed" }, "connection pool", { "connections from your", "exceed" },
	"one connection at a time", "one at a time", "one message at a time", "sending cap", "message cap",
	"mail cap", "hourly cap", "daily cap", "cool down", "cooling down", "slow it down", "cap reached",
	"resets at midnight", "until midnight", "until tomorrow",
} }
rules:add { category = "rate-limited", confidence = 0.88, weight = 70, source = "policyd, cluebringer", any = {
	"message count quota", "message quota exceeded", "recipient count quota", { "policy rejection", "quota exceeded" },
	"cumulative size quota", "sender rate over", "rate overlimit", "throughput limit", "throughput is limited", "throughput exceeded",
} }
rules:add { category = "rate-limited", confidence = 0.88, weight = 50, words = true, source = "met at many servers", any = {
	"email quota per hour", "email quota per day", "mail quota per hour", "quota per hour", "quota per day",
	"ip has been rate limited", "ip address has been rate limited", "host has been rate limited",
	"domain has been rate limited", "has been throttled", "traffic from your ip exceeds",
	{ "traffic from", "exceeds" }, "more slowly", "too many errors in this session",
} }
rules:add { category = "rate-limited", confidence = 0.86, words = true, weight = 60, source = "met at many servers", any = {
	{ "sender", "reached its quota" }, { "sender", "reached its limit" }, { "sender", "reached the limit" },
	{ "sender", "over its quota" }, { "sender", "over quota" }, { "your account", "reached" },
	{ "your account", "quota" }, { "your account", "limit" }, { "your domain", "quota" }, { "your domain", "limit" },
	"mails a day", "messages a day", "emails a day", "mails an hour", "messages an hour", "emails an hour",
	"mails a minute", "messages a minute", "connection slots", "slots are taken", "no free slots", "no free slot",
} }
rules:add { category = "rate-limited", confidence = 0.84, code = 4, words = true, weight = 30, source = "met at many servers", any = {
	"our thresholds", "our threshold", "exceeds our limits", "exceeds our limit", "exceeds the limits",
} }
rules:add { category = "rate-limited", confidence = 0.85, weight = 20, words = true, source = "met at many providers", any = {
	{ "limit", "number of", "messages", "exceeded" }, { "limit on the number of", "exceeded" },
	{ "number of", "messages", "limit", "exceeded" }, { "exceeded", "limit", "number of", "messages" },
} }
rules:add { category = "rate-limited", confidence = 0.8, weight = 30, source = "German servers", any = {
	{ "zu viele", "verbindung" }, { "zuviele", "verbindung" }, { "zu viele", "nachrichten", "ihre" },
} }
rules:add { category = "rate-limited", confidence = 0.8, code = 4, words = true, source = "met at many servers", any = {
	"not so fast", "not that fast",
} }
rules:add { category = "rate-limited", confidence = 0.83, weight = 30, words = true, source = "met at many servers", any = {
	{ "hourly", "quota" }, { "daily", "quota" }, { "hourly", "exceeded" }, { "quota", "per hour" }, { "quota", "per day" },
} }
