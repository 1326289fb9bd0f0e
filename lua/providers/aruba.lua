-- Aruba / Forpsi (bizsmtp = Cloudmark).
-- Retrying: Volume policy violations clear by themselves in about 20-60 min.
-- Limits: 200-300 messages / 20 min advised.
local p = rebuff.provider "aruba"
p.name = "Aruba / Forpsi (bizsmtp = Cloudmark)"
p.domains = { "aruba.it", "technet.it", "forpsi.com" }
p.mx = { ".aruba.it", ".forpsi.com", ".arubabusiness.it" }
p.postmaster = "https://guide.arubabusiness.it/"
p.retry["rate-limited"] = { steps = { "20m", "1h" }, max = "4h" }
-- 200 to 300 messages in 20 minutes
p.pace = { start = "5/min", ceiling = "12/min" }

-- content (552!)
p.replies:add {
	text = "spam detected", category = "content-blocked", confidence = 0.95,
	source = "https://guide.arubabusiness.it/email/configurazioni-email-arubabusiness/errori-comuni-invio-ricezione-posta"
}
-- rate
p.replies:add {
	text = "policy violation", code = 5, category = "rate-limited", only_here = true,
	confidence = 0.95,
	source = "https://support.konto.pl/kb/a2765/blad-policy-violation-e-maile-w-kolejce-z-adresu-ip.aspx"
}
-- SPF
p.replies:add {
	text = "blocked by SPF", category = "auth-failed", confidence = 0.95,
	source = "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx"
}
-- recipient's own block list (5.1.1 but address is fine)
p.replies:add {
	text = "sender is blacklisted", category = "recipient-refused", only_here = true,
	confidence = 0.95,
	source = "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx"
}
-- full; two enhanced codes in one line (5.1.1 5.2.2)
p.replies:add {
	text = "final recipient mailbox is full", category = "mailbox-full", confidence = 0.95,
	source = "https://support.konto.pl/kb/a2871/ograniczenie-wiadomosci-przychodzacych-na-serwerze-pocztowym-mxavas_forpsi_com.aspx"
}
