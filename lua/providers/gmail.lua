-- Gmail / Google Workspace.
-- Retrying: 4xx 4.7.x are provider verdicts on IP/netblock/DKIM/SPF/URL domain: slow the matching
-- scope for 30-60 min and decay; never re-try in a tight loop. 4.2.1/4.2.2 are per-recipient:
-- back off that address only.
-- Limits: TLS wanted (plaintext is rate limited); KumoMTA ships 5 connections per provider and 50
-- messages/connection; bulk sender = >5,000/day to personal Gmail: SPF+DKIM+DMARC, PTR, TLS,
-- one-click unsubscribe, spam rate <0.3% (target <0.1%).
local p = rebuff.provider "gmail"
p.name = "Gmail / Google Workspace"
p.domains = { "gmail.com", "googlemail.com" }
p.mx = { ".google.com", ".googlemail.com", ".psmtp.com" }
p.postmaster = "https://postmaster.google.com/"
p.delist = "https://support.google.com/mail/contact/gmail_bulk_sender_escalation"
p.retry["rate-limited"] = { first = "30m", factor = 1.5, max = "6h" }
p.retry["ip-blocked"] = { first = "1h", factor = 2, max = "8h" }
p.pace = { start = "10/min" }

-- IP or domain reputation throttle
p.replies:add {
	text = "very low reputation of the sending", category = "ip-blocked", action = "slow",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- volume spike; text names the scope: IP, netblock, DKIM domain, SPF domain or URL domain
p.replies:add {
	text = "an unusual rate of", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- legacy form of 4.7.28
p.replies:add {
	text = "an unusual rate of unsolicited mail", code = 4, category = "rate-limited",
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- the same verdict turned permanent
p.replies:add {
	text = "an unusual rate of unsolicited mail", code = 5, category = "ip-blocked",
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- message carries neither SPF nor DKIM pass
p.replies:add {
	text = "senders to authenticate with either SPF or DKIM", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- MAIL FROM domain says -all and IP not listed
p.replies:add {
	text = "has an SPF record with a hard fail policy", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- From: domain p=reject and no alignment
p.replies:add {
	text = "is not accepted due to domain's DMARC policy", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- SPF missing for bulk sender
p.replies:add {
	text = "senders to authenticate", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- DKIM missing for bulk sender
p.replies:add {
	text = "senders to authenticate their email with DKIM", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- DKIM missing, refused
p.replies:add {
	text = "senders to authenticate with DKIM", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- From: not aligned
p.replies:add {
	text = "aligned with either the authenticated SPF or DKIM", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- shorter form of the same
p.replies:add {
	text = "there is no DMARC alignment", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no DMARC record/policy published for From: domain
p.replies:add {
	text = "DMARC", code = 4, enhanced = "4.7.40", category = "auth-failed",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- delivered without TLS
p.replies:add {
	text = "senders to use TLS/SSL for SMTP", category = "policy", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- PTR missing or not forward confirmed
p.replies:add {
	text = "have a PTR record, or the PTR record", category = "ip-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- the permanent form
p.replies:add {
	text = "does not have a PTR record", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- IPv6 source lacks PTR/auth
p.replies:add {
	text = "does not meet IPv6 sending guidelines", category = "ip-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- SPF record looks abusive
p.replies:add {
	text = "The SPF record of the sending domain", category = "auth-failed",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- duplicate Message-ID flood
p.replies:add {
	text = "sending messages with the same Message-ID", category = "content-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- mailbox flooded
p.replies:add {
	text = "is receiving mail too quickly", category = "rate-limited", scope = "recipient",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- mailbox over hourly limit
p.replies:add {
	text = "rate that prevents additional messages", category = "rate-limited",
	scope = "recipient", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- over quota, temporary
p.replies:add {
	text = "inbox is out of storage space", category = "mailbox-full", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- over quota and abandoned
p.replies:add {
	text = "inbox is out of storage space and inactive", category = "mailbox-disabled",
	confidence = 0.75, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- over quota
p.replies:add {
	text = "is over quota", category = "mailbox-full", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- no such user
p.replies:add {
	text = "The email account that you tried to reach does not exist",
	category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- disabled account
p.replies:add {
	text = "account that you tried to reach is disabled", category = "mailbox-disabled",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- inactive account
p.replies:add {
	text = "account that you tried to reach is inactive", category = "mailbox-disabled",
	confidence = 0.75, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- domain unknown
p.replies:add {
	text = "We weren't able to find the recipient domain", category = "domain-bad",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- content/reputation spam verdict
p.replies:add {
	text = "likely unsolicited mail", category = "content-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- IP/domain reputation block
p.replies:add {
	text = "likely suspicious due to the very low reputation", category = "ip-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- attachment or content blocked
p.replies:add {
	text = "blocked because its content presents a potential security issue",
	category = "content-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- too many RCPT
p.replies:add {
	text = "Your message has too many recipients", category = "rate-limited",
	scope = "transaction", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- policy set too large for one transaction
p.replies:add {
	text = "Domain policy size per transaction exceeded", category = "rate-limited",
	scope = "transaction", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- MX shared by several tenants and one transaction mixed them
p.replies:add {
	text = "Multiple destination domains per transaction is unsupported",
	category = "rate-limited", scope = "transaction", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- Workspace admin rule (gcdp)
p.replies:add {
	text = "has a policy that prohibited", category = "recipient-refused", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- HELO-stage refusal
p.replies:add {
	text = "Try again later, closing connection", category = "rate-limited",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- only on relay/smtp.gmail.com submission
p.replies:add {
	text = "Daily user sending limit exceeded", category = "rate-limited", scope = "domain",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}

-- What 4.7.28 is about: only that slows down.
p.replies:add {
	text = { "an unusual rate of", "ip netblock" }, code = 4, category = "rate-limited",
	scope = "netblock", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	text = { "an unusual rate of", "dkim domain" }, code = 4, category = "rate-limited",
	scope = "domain", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	text = { "an unusual rate of", "spf domain" }, code = 4, category = "rate-limited",
	scope = "domain", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	text = { "an unusual rate of", "url domain" }, code = 4, category = "rate-limited",
	scope = "url", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
-- Gmail's own meanings of codes that the registry gives another one.
p.replies:add {
	enhanced = "*.7.27", category = "auth-failed", confidence = 0.9,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	enhanced = "*.7.29", category = "policy", confidence = 0.9,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	enhanced = "*.7.30", category = "auth-failed", confidence = 0.9,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
p.replies:add {
	enhanced = "*.7.23", category = "ip-blocked", confidence = 0.9,
	source = "p5-sisimai lib/Sisimai/Rhost/Google.pm"
}
