-- Subject and verdict. Servers of all makes build their sentences from the same few words, so a subject of each
-- list stands before (or behind) each verdict of its list; what is left out stands elsewhere as a whole sentence.
local rules = rebuff.rules

-- Phrases "SUBJECT VERDICT".
local function cross(rule, subjects, verdicts)
	local any = {}
	for _, subject in ipairs(subjects) do
		for _, verdict in ipairs(verdicts) do
			any[#any + 1] = subject .. " " .. verdict
		end
	end
	rule.any, rule.words, rule.source = any, true, "met at many servers"
	rules:add(rule)
end

-- The address does not exist.
local someone = { "user", "recipient", "mailbox", "account", "address", "alias", "person", "member", "addressee", "customer", "subscriber",
	"username", "local part", "inbox", "contact", "receiver" }
cross({ category = "address-bad", confidence = 0.85, code = 5, weight = 1 }, someone, {
	"isn't valid", "is not recognized", "is not recognised", "could not be resolved", "cannot be resolved",
	"not present", "is not present", "missing", "is missing", "is not known", "not known", "is unknown",
	"is gone", "is undefined", "not defined", "isn't registered", "is not valid", "not on file", "is not on file" })
cross({ category = "address-bad", confidence = 0.85, code = 5 },
	{ "couldn't locate", "can't find", "could not find", "cannot find", "unable to find", "we have no", "there is no", "wrong",
	"bad", "don't have a", "do not have a", "don't know", "do not know" }, someone)
cross({ category = "address-bad", confidence = 0.85, code = 5 },
	{ "unable to locate", "incorrect", "unregistered", "undefined", "unrecognized", "unrecognised", "not a known" },
	{ "account", "alias", "addressee", "customer", "subscriber", "username", "local part", "inbox", "contact" })
cross({ category = "address-bad", confidence = 0.85, code = 5 }, { "not a valid" },
	{ "addressee", "customer", "subscriber", "username", "inbox", "contact" })

-- The mailbox is full.
local box = { "user", "recipient", "mailbox", "inbox", "account", "mail box", "mail folder", "maildir" }
cross({ category = "mailbox-full", confidence = 0.9, weight = 42 }, box, {
	"is full", "full", "has no free space", "has no space", "has no space left", "has no room", "cannot accept more",
	"can't accept more", "cannot take more", "is at its limit", "is at the limit", "has reached its limit", "at its limit", "size limit exceeded",
	"temporarily full", "over limit", "has used up", "used up its", "is over its", "exceeds its",
	"has too many messages" })

-- The mailbox is there and takes nothing.
local shut = { "user", "recipient", "mailbox", "account", "inbox", "alias" }
cross({ category = "mailbox-disabled", confidence = 0.87, code = 5, weight = 24 }, shut, {
	"not active", "isn't active", "has been cancelled", "has been canceled", "was cancelled", "closed", "is closed",
	"has been closed", "was closed", "locked", "is blocked", "has been blocked", "was blocked", "expired", "is expired",
	"has expired", "temporarily disabled", "temporarily suspended", "temporarily deactivated", "temporarily locked",
	"temporarily inactive", "frozen", "is frozen", "has been frozen", "archived" })
cross({ category = "mailbox-disabled", confidence = 0.85, code = 5, weight = 24 }, { "recipient address", "this address",
	"the address", "email address" }, { "is blocked", "has been blocked", "is closed", "has been closed", "is locked" })

-- Where the mail comes from. Abuse and spam are why, not what.
local source = { "your ip", "your ip address", "ip address", "sender ip", "client ip", "remote host",
	"connecting host", "sending host", "sending server", "your server", "your mail server", "your host", "your network" }
cross({ category = "ip-blocked", confidence = 0.87, weight = 30 }, source, {
	"sends spam", "is sending spam", "sent spam", "has sent spam", "temporarily blocked", "is temporarily blocked",
	"is not trusted", "not trusted", "is untrusted", "denied", "is denied", "refused", "is refused", "rejected",
	"is rejected", "is listed", "was rejected", "blocked due to", "blocked because", "blocked for", "is blocked due to",
	"is blocked because", "is blocked for", "banned", "is banned", "has been banned" })

-- A number or a bracket before the verdict is the end of an IP address; before a bare "blocked" or "denied" it
-- may be a code, so those are hints.
local number = { "]", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" }
cross({ category = "ip-blocked", confidence = 0.8, weight = 28 }, number, {
	"sends spam", "is sending spam", "has sent spam", "is blocked", "was blocked", "has been blocked",
	"is temporarily blocked", "has been temporarily blocked", "is not trusted", "is listed", "is banned",
	"has been banned", "is blacklisted", "has been reported", "is in an", "was found in", "has no ptr",
	"has no reverse", "does not resolve" })
cross({ category = "ip-blocked", confidence = 0.46, code = 5 }, number, { "blocked", "denied", "rejected", "listed", "banned" })
rules:add { category = "ip-blocked", confidence = 0.82, words = true, weight = 25, source = "met at many servers", any = {
	{ "ip", "sends spam" }, { "ip", "for spam" }, { "ip", "because of spam" }, { "ip", "due to abuse" },
	{ "ip", "not trusted" }, { "ip", "untrusted" }, { "ip", "temporarily blocked" }, { "host", "sends spam" },
	{ "host", "for spam" }, { "host", "because of spam" }, { "host", "due to abuse" }, { "host", "is listed" },
	{ "server", "for spam" }, { "server", "because of spam" }, { "server", "due to abuse" }, { "mta", "due to abuse" },
	{ "client", "because of spam" }, { "client", "due to abuse" },
} }

-- Who the mail comes from.
local sender = { "sender", "sender domain", "sending domain", "sender's domain", "sender's address",
	"envelope sender", "from address", "originator address", "return path", "your domain", "your address", "mail from",
	"mail from address", "mail from domain" }
cross({ category = "sender-rejected", confidence = 0.87, weight = 45 }, sender, {
	"rejected", "denied", "refused", "on our blacklist", "is on our blacklist", "not permitted",
	"is not permitted", "not authorized", "is not authorized", "not allowed",
	"not accepted", "is not accepted", "invalid", "is invalid", "not valid", "is not valid", "unknown",
	"is unknown", "not found", "does not exist", "not verified", "could not be verified", "verification failed",
	"cannot be resolved", "could not be resolved", "does not resolve", "has no mx", "has no a or mx", "cannot be found",
	"could not be found", "is forged", "forged", "is banned", "banned" })
cross({ category = "sender-rejected", confidence = 0.87, weight = 60 }, { "sending domain", "from address",
	"originator address", "return path", "mail from", "envelope sender" }, { "blacklisted", "is blacklisted",
	"has been blacklisted", "is not allowed", "is blocked", "blocked" })
rules:add { category = "sender-rejected", confidence = 0.87, weight = 70, words = true, source = "met at many servers", any = {
	"sender domain is not allowed", "your domain is not allowed",
	"sender's domain is not allowed", "mail from domain is not allowed", "from domain is not allowed",
} }

-- The recipient's domain.
rules:add { category = "domain-bad", confidence = 0.8, words = true, weight = 8, source = "met at many servers", any = {
	{ "domain", "was not found" }, { "domain", "cannot be found" }, { "domain", "no longer exists" },
	{ "domain", "could not be resolved" }, { "domain", "is invalid" }, { "domain", "does not accept mail" },
	"host was not found", "host cannot be found", "host could not be resolved", "host no longer exists",
} }
local domain = { "domain", "recipient domain", "destination domain", "mail domain", "domain name", "domain of recipient",
	"destination host" }
cross({ category = "domain-bad", confidence = 0.87, weight = 12 }, domain, {
	"cannot be found", "could not be found", "was not found", "could not be resolved", "does not exist", "not found",
	"unknown", "is unknown", "is invalid", "no longer exists", "has no mx" })

-- The message.
local message = { "message", "mail", "email", "e-mail" }
cross({ category = "content-blocked", confidence = 0.85, weight = 20 }, message, {
	"is suspicious", "looks suspicious", "is malformed", "was blocked as", "blocked as", "looks like spam", "is phishing",
	"is infected", "is unwanted", "was considered", "is considered", "was classified", "was identified as",
	"was recognized as", "was recognised as" })
cross({ category = "message-too-big", confidence = 0.87, weight = 30 }, { "mail", "email", "attachment", "attachments" },
	{ "too long", "are too large", "too heavy", "over the size" })

-- The recipient's own wish.
cross({ category = "recipient-refused", confidence = 0.87, code = 5, weight = 40 }, { "user", "recipient", "owner",
	"addressee", "list owner", "moderator" }, { "rejected your", "has rejected your", "refused your", "has refused your",
	"has declined your", "does not want your", "does not want mail", "does not wish to receive", "has blocked you",
	"has blocked your" })

-- A time-out of a part of theirs.
cross({ category = "system-error", confidence = 0.82, code = 4, weight = 10 }, { "server", "system", "storage",
	"directory", "service" }, { "timeout", "timed out" })
