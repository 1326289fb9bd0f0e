-- Onet.
-- Retrying: Volume refusals: wait 1-24 h or enrol as Verified Sender.
local p = rebuff.provider "onet"
p.name = "Onet"
p.domains = {
	"onet.pl", "poczta.onet.pl", "op.pl", "vp.pl", "onet.eu", "buziaczek.pl", "autograf.pl",
	"poczta.onet.eu",
}
p.mx = { ".onet.pl" }
p.postmaster = "https://pomoc.poczta.onet.pl/baza-wiedzy/co-zrobic-w-przypadku-odeslanych-lub-odrzuconych-e-maili/"
p.retry["rate-limited"] = { steps = { "1h", "4h", "24h" }, max = "24h" }

-- content or missing SPF/DKIM/DMARC
p.replies:add {
	text = "spam", code = 5, category = "content-blocked", only_here = true,
	confidence = 0.85,
	source = "https://pomoc.poczta.onet.pl/baza-wiedzy/co-zrobic-w-przypadku-odeslanych-lub-odrzuconych-e-maili/"
}
-- sender over limit
p.replies:add {
	text = "limit", code = 4, category = "rate-limited", only_here = true, confidence = 0.85,
	source = "https://pomoc.poczta.onet.pl/baza-wiedzy/co-zrobic-w-przypadku-odeslanych-lub-odrzuconych-e-maili/"
}
