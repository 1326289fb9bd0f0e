-- The few rules that the engine's tests speak of; what real servers say is not their subject.
rebuff.rules:add { text = "user unknown", category = "address-bad", source = "RFC 5321" }
rebuff.rules:add { text = "mailbox full", category = "mailbox-full", source = "RFC 3463" }
rebuff.rules:add { text = "greylisted", category = "greylisted", source = "RFC 6647" }
rebuff.rules:add { text = "blocked using", category = "ip-blocked", source = "RFC 6471" }
rebuff.rules:add { text = "due to DMARC policy", category = "auth-failed", source = "RFC 7372" }
rebuff.rules:add { text = "message size exceeds", category = "message-too-big", source = "RFC 1870" }
rebuff.rules:add { code = 4, text = "too many messages", category = "rate-limited", scope = "ip", source = "RFC 5321" }
