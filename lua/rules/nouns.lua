-- What a reply is about when nothing that it says of it is known: a guess from the nouns, just above what
-- 5.7.1 or a bare code says, below every other rule. None blames the recipient for being dead: a guess must
-- not suppress an address.
local rules = rebuff.rules

local function about(category, confidence, any, code)
	rules:add { category = category, confidence = confidence, words = true, code = code, any = any,
		source = "guessed from the nouns" }
end

about("content-blocked", 0.44, { "suspicious", "is malformed", "header", "headers", "links", "link", "picture",
	"pictures", "image", "images", "html", "zip", "archive",
	"advertising", "advertisement", "marketing", "newsletter", "newsletters" }, 5)
about("ip-blocked", 0.43, { "attack", "attacks", "ip", "ips", "ipv4", "your server", "your host", "your network", "your isp", "your provider",
	"address range", "subnet", "hosting", "helo ", "ehlo ", "ptr", "reverse", "vpn", "tor",
	"intrusion", "intrusion prevention", "reputation",
	"country", "does not belong to" })
about("sender-rejected", 0.42, { "sender", "senders", "mail from", "your domain", "your address", "freemail",
	"from address" })
about("recipient-refused", 0.44, { "list member", "list members", "members", "subscribers", "moderator", "moderators",
	"internal", "alias can only" }, 5)
about("rate-limited", 0.43, { "rate", "frequency", "sessions", "connections", "hourly", "daily", "too much",
	"limit", "limits", "limited", "quota of", "minute" })
about("policy", 0.415, { "tls", "ssl", "encryption", "encrypted", "login", "log in", "authenticate", "authentication",
	"credentials", "password", "permission" })
about("system-error", 0.41, { "disk", "server", "filter", "daemon", "queue", "resources", "memory",
	"software" }, 4)
