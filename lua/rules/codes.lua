-- What a code means when the words say nothing: enhanced codes (RFC 3463 and the IANA registry), then
-- basic codes (RFC 5321), then the stage. Below 0.5 a hint of the text is better.
local rules = rebuff.rules
local function enhanced(code, category, confidence, more)
	local rule = { enhanced = code, category = category, confidence = confidence, source = "RFC 3463" }
	for key, value in pairs(more or {}) do
		rule[key] = value
	end
	rules:add(rule)
end

-- nothing said
enhanced("4.0.0", "unclassified", 0.46)
enhanced("5.0.0", "unclassified", 0.31)
-- addressing
enhanced("5.1.0", "address-bad", 0.47)
enhanced("4.1.0", "system-error", 0.3)
enhanced("*.1.1", "address-bad", 0.9)
enhanced("*.1.2", "domain-bad", 0.8)
enhanced("*.1.3", "address-bad", 0.8)
enhanced("*.1.4", "address-bad", 0.5)
enhanced("*.1.6", "address-bad", 0.85)
enhanced("*.1.7", "sender-rejected", 0.8)
enhanced("*.1.8", "sender-rejected", 0.85)
enhanced("*.1.9", "protocol-error", 0.5)
-- RFC 7505 gives 5.1.10 to the null MX, with 556; Exchange says it of every unknown recipient.
enhanced("*.1.10", "address-bad", 0.6)
enhanced("5.1.10", "domain-bad", 0.95, { code = 556, action = "suppress", source = "RFC 7505" })
-- mailbox
enhanced("4.2.0", "system-error", 0.35)
enhanced("5.2.0", "recipient-refused", 0.35)
enhanced("5.2.1", "mailbox-disabled", 0.8)
enhanced("4.2.1", "mailbox-disabled", 0.4)
enhanced("*.2.2", "mailbox-full", 0.9)
enhanced("*.2.3", "message-too-big", 0.9)
enhanced("*.2.4", "system-error", 0.6)
-- mail system
enhanced("*.3.0", "system-error", 0.5)
enhanced("*.3.1", "system-error", 0.7)
enhanced("*.3.2", "system-error", 0.6)
enhanced("*.3.3", "system-error", 0.5)
enhanced("*.3.4", "message-too-big", 0.9)
enhanced("*.3.5", "system-error", 0.7)
-- network and routing
enhanced("*.4.0", "network-error", 0.5)
enhanced("*.4.1", "network-error", 0.6)
enhanced("*.4.2", "network-error", 0.55)
enhanced("*.4.3", "network-error", 0.5)
enhanced("4.4.4", "network-error", 0.6)
enhanced("5.4.4", "domain-bad", 0.6)
enhanced("*.4.5", "system-error", 0.5)
enhanced("*.4.6", "network-error", 0.9)
enhanced("*.4.7", "expired", 0.9)
-- protocol
enhanced("*.5.0", "protocol-error", 0.4)
enhanced("*.5.1", "protocol-error", 0.55)
enhanced("*.5.2", "protocol-error", 0.6)
enhanced("*.5.3", "rate-limited", 0.8, { scope = "transaction" })
enhanced("*.5.4", "protocol-error", 0.5)
enhanced("*.5.5", "protocol-error", 0.6)
enhanced("*.5.6", "protocol-error", 0.6, { source = "RFC 4954" })
-- content
enhanced("*.6.*", "content-blocked", 0.6)
enhanced("*.6.7", "protocol-error", 0.6, { source = "RFC 6531" })
enhanced("*.6.8", "protocol-error", 0.6, { source = "RFC 6531" })
enhanced("*.6.9", "protocol-error", 0.6, { source = "RFC 6531" })
-- security and policy
enhanced("*.7.0", "policy", 0.4)
enhanced("*.7.1", "policy", 0.4)
enhanced("*.7.2", "recipient-refused", 0.6)
for detail = 3, 7 do
	enhanced("*.7." .. detail, "policy", 0.5)
end
for _, detail in ipairs { 8, 10, 11, 12, 14, 15 } do
	enhanced("*.7." .. detail, "policy", 0.7, { source = "RFC 4954, RFC 5248, RFC 6710" })
end
-- RFC 5248 gives it to a weak login; Yahoo to whatever its policy refuses.
enhanced("*.7.9", "policy", 0.6, { source = "RFC 5248" })
enhanced("*.7.13", "mailbox-disabled", 0.6, { source = "RFC 5248" })
enhanced("*.7.16", "message-too-big", 0.8, { source = "RFC 6710" })
enhanced("*.7.17", "address-bad", 0.9, { source = "RFC 7293" })
enhanced("*.7.18", "domain-bad", 0.9, { source = "RFC 7293" })
enhanced("*.7.19", "policy", 0.6, { source = "RFC 7293" })
for detail = 20, 24 do
	enhanced("*.7." .. detail, "auth-failed", 0.9, { source = "RFC 7372" })
end
enhanced("*.7.25", "ip-blocked", 0.9, { source = "RFC 7372" })
enhanced("*.7.26", "auth-failed", 0.9, { source = "RFC 7372" })
enhanced("*.7.27", "sender-rejected", 0.7, { source = "RFC 7505" })
enhanced("*.7.28", "rate-limited", 0.7, { source = "IANA registry" })
enhanced("*.7.29", "auth-failed", 0.7, { source = "RFC 8617" })
enhanced("*.7.30", "policy", 0.7, { source = "RFC 8689" })
-- in no registry, but met
enhanced("*.7.32", "auth-failed", 0.7, { source = "Gmail" })
enhanced("*.7.40", "auth-failed", 0.7, { source = "Gmail, unconfirmed" })
enhanced("5.7.509", "auth-failed", 0.8, { source = "Microsoft" })
enhanced("5.7.515", "auth-failed", 0.9, { source = "Microsoft" })
for detail = 606, 649 do
	enhanced("5.7." .. detail, "ip-blocked", 0.9, { source = "Microsoft, banned sending IP" })
end
for detail = 850, 899 do
	enhanced("4.7." .. detail, "ip-blocked", 0.8, { source = "Microsoft, IP under evaluation" })
end
for detail = 500, 699 do
	enhanced("4.7." .. detail, "rate-limited", 0.6, { source = "Microsoft, throttling" })
end
enhanced("*.4.8", "ip-blocked", 0.6, { source = "draft-martin-smtp-ipv6-to-ipv4-fallback" })

-- basic codes; a bare 550, 551, 553 or 554 at RCPT explains nothing and has no rule
local function basic(code, category, confidence, more)
	local rule = { code = code, category = category, confidence = confidence, source = "RFC 5321 4.2.3" }
	for key, value in pairs(more or {}) do
		rule[key] = value
	end
	rules:add(rule)
end
basic(421, "system-error", 0.25)
basic(422, "mailbox-full", 0.3, { source = "met at few servers" })
basic(432, "policy", 0.3, { source = "RFC 4954" })
basic(451, "system-error", 0.25)
basic(452, "system-error", 0.25)
basic(454, "policy", 0.3, { source = "RFC 3207" })
basic(455, "protocol-error", 0.3)
for code = 500, 504 do
	basic(code, "protocol-error", 0.3)
end
basic(521, "domain-bad", 0.4, { source = "RFC 7504" })
basic(523, "policy", 0.6, { source = "RFC 5248" })
basic(525, "mailbox-disabled", 0.35, { source = "RFC 5248" })
basic(530, "policy", 0.45, { source = "RFC 4954, RFC 3207" })
basic(534, "policy", 0.45, { source = "RFC 4954" })
basic(535, "policy", 0.45, { source = "RFC 4954" })
basic(538, "policy", 0.45, { source = "RFC 4954" })
basic(541, "content-blocked", 0.3, { source = "met at few servers" })
basic(552, "mailbox-full", 0.35)
basic(555, "protocol-error", 0.35)
basic(556, "domain-bad", 0.85, { action = "suppress", source = "RFC 7505" })
basic(570, "policy", 0.3, { source = "met at few servers" })
basic(571, "policy", 0.3, { source = "met at few servers" })

-- stages: before RCPT it is about us, after DATA mostly about the message
basic(5, "ip-blocked", 0.6, { stage = "banner", source = "RFC 5321 3.1" })
basic(4, "rate-limited", 0.35, { stage = "banner", source = "RFC 5321 3.1" })
basic(5, "ip-blocked", 0.32, { stage = "ehlo", source = "RFC 5321 4.1.1.1" })
basic(5, "sender-rejected", 0.45, { stage = "mail", source = "RFC 5321 3.3" })
basic(4, "sender-rejected", 0.3, { stage = "mail", source = "RFC 5321 3.3" })
basic(4, "policy", 0.4, { stage = "tls", source = "RFC 3207" })
basic(5, "policy", 0.4, { stage = "tls", source = "RFC 3207" })
basic(5, "policy", 0.5, { stage = "auth", source = "RFC 4954" })
basic(5, "content-blocked", 0.31, { stage = "dot", source = "RFC 5321 3.3" })
