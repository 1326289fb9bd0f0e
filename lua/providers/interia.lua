-- Interia.
local p = rebuff.provider "interia"
p.name = "Interia"
p.domains = { "interia.pl", "interia.eu", "poczta.fm", "intmail.pl" }
p.mx = { ".interia.pl" }
p.postmaster = "https://pomoc.poczta.interia.pl/"

-- no such or blocked
p.replies:add {
	text = "Account not found", category = "address-bad", confidence = 0.95,
	source = "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600"
}
-- typo, full or suspended - ambiguous
p.replies:add {
	text = "Mailbox not available", category = "mailbox-full", only_here = true,
	confidence = 0.75,
	source = "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600"
}
-- user block
p.replies:add {
	text = "Recipient doesn't want your mail", category = "recipient-refused",
	confidence = 0.95,
	source = "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600"
}
-- SPF
p.replies:add {
	text = "is not allowed to send mail from", category = "auth-failed", confidence = 0.95,
	source = "https://pomoc.poczta.interia.pl/news-dlaczego-wiadomosc-nie-zostala-dostarczona,nId,6589600"
}
