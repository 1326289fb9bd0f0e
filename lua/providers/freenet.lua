-- freenet.de.
-- Retrying: Exim-based; greylists unknown triplets.
local p = rebuff.provider "freenet"
p.name = "freenet.de"
p.domains = { "freenet.de", "01019freenet.de" }
p.mx = { ".freenet.de" }
p.postmaster = "https://email-support.freenet.de/"

-- no such user
p.replies:add {
	text = "unrouteable address", category = "address-bad", confidence = 0.95,
	source = "http://www.sitepackage.de/service/dokumentation/auswertung/typische-fehlermeldungen-bei-unzustellbarkeit.html"
}
-- greylist
p.replies:add {
	text = "Greylisted", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- PTR mismatch
p.replies:add {
	text = "inconsistent or no DNS PTR record", category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
