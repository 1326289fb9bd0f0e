-- Microsoft 365 / Exchange Online Protection.
-- Retrying: 4.7.500-699 and 4.7.850-899: wait 15-60 min, keep the same IP (rotation looks like
-- snowshoe). 5.7.606-649 need the portal; delisting takes effect in about 1-24 h.
-- Limits: Two MX families: classic .mail.protection.outlook.com and DANE .mx.microsoft - roll up
-- separately (KumoMTA). Max 500 envelope recipients, some edges answer 4.5.3 at 200.
local p = rebuff.provider "office365"
p.name = "Microsoft 365 / Exchange Online Protection"
p.domains = { "onmicrosoft.com" }
p.mx = { ".mail.protection.outlook.com", ".mx.microsoft", ".mail.eo.outlook.com" }
p.postmaster = "https://sender.office.com/"
p.delist = "https://sender.office.com/"
p.retry["rate-limited"] = { first = "15m", factor = 2, max = "4h" }
p.retry["ip-blocked"] = { first = "1h", factor = 2, max = "8h" }
-- A lapsed tenant answers 4xx for ever.
p.retry["domain-bad"] = { give_up = "48h" }

-- IP banned (range 5.7.606-649)
p.replies:add {
	text = "Access denied, banned sending IP", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IP needs manual mail to delist@
p.replies:add {
	text = "Access denied, banned sender", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- this one tenant blocks us (AS16012607)
p.replies:add {
	text = "using Customer Block list", category = "recipient-refused", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- AS16012611: Spamhaus listing
p.replies:add {
	text = "blocked using Spamhaus", category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DBEB: recipient not in directory - looks like policy, is a dead address
p.replies:add {
	text = "Recipient address rejected: Access denied", category = "address-bad",
	only_here = true, confidence = 0.75,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- every RCPT unknown
p.replies:add {
	text = "All recipient addresses rejected : Access denied", category = "address-bad",
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- RESOLVER.ADR.RecipientNotFound
p.replies:add {
	text = "Recipient not found", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- unknown user
p.replies:add {
	text = "RESOLVER.ADR.ExRecipNotFound", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- recipient not valid
p.replies:add {
	text = "Access denied, banned recipient", category = "mailbox-disabled",
	confidence = 0.75, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- DMARC reject
p.replies:add {
	text = "does not pass DMARC verification", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- SPF
p.replies:add {
	text = "Sender Policy Framework violation", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IPv6 source without auth
p.replies:add {
	text = "must pass either SPF or DKIM validation", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IPv6 PTR missing
p.replies:add {
	text = "must have a reverse DNS record", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- tenant refuses IPv6
p.replies:add {
	text = "does not accept email over IPv6", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IPv6 range over limit
p.replies:add {
	text = "has exceeded permitted limits within", category = "rate-limited",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- suspicion throttle (AS761/AS77712344)
p.replies:add {
	text = "Server busy. Please try again later from", category = "rate-limited", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IP under evaluation (4.7.850-899)
p.replies:add {
	text = "Access denied, please try again later", category = "ip-blocked", action = "slow",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- tenant backlog
p.replies:add {
	text = "Organization queue quota exceeded", category = "system-error", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- edge connection cap
p.replies:add {
	text = "maximum number of concurrent connections per resource forest",
	category = "rate-limited", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- shadow redundancy fault
p.replies:add {
	text = "No healthy secondary server available", category = "system-error",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- tenant lapsed - 4xx that never clears
p.replies:add {
	text = "hosted tenant which has no mail-enabled subscriptions", category = "domain-bad",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- >200 same-domain envelope recipients
p.replies:add {
	text = "Too many recipients", category = "rate-limited", scope = "transaction",
	only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- internal-only group
p.replies:add {
	text = "sender not authenticated for group", category = "recipient-refused",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- internal-only mailbox
p.replies:add {
	text = "sender was not authenticated for mailbox", category = "recipient-refused",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- restricted group
p.replies:add {
	text = "sender not in allowed-senders list", category = "recipient-refused",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- over quota
p.replies:add {
	text = "mailbox full", category = "mailbox-full", only_here = true, confidence = 0.85,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- mailbox concurrency
p.replies:add {
	text = "recipient thread limit exceeded", category = "rate-limited", scope = "recipient",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- only when relaying out through M365 (5.7.700-749)
p.replies:add {
	text = "tenant has exceeded threshold", category = "rate-limited", scope = "domain",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- hop loop
p.replies:add {
	text = "Routing loop detected", category = "network-error", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- only from EOP as sender
p.replies:add {
	text = "starttls-not-supported", category = "policy", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}

-- Directory based edge blocking: the registry's "no answer from host" is an unknown recipient here.
p.replies:add {
	enhanced = "5.4.1", category = "address-bad", confidence = 0.85,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
