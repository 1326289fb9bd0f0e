-- Daum / Hanmail / Kakao.
-- Retrying: DAS51/Exx codes: ask support; recovers in about a day.
local p = rebuff.provider "daum"
p.name = "Daum / Hanmail / Kakao"
p.domains = { "hanmail.net", "daum.net", "kakao.com" }
p.mx = { ".hanmail.net", ".kakao.com", ".daum.net" }
p.postmaster = "https://mail.daum.net/policy?category=spam&tab=intro"
p.retry["ip-blocked"] = { steps = { "12h", "24h" }, max = "24h" }

-- (Exx) automatic block, DASnn source
p.replies:add {
	text = "Your mail is blocked automatically by anti-spam system", category = "ip-blocked",
	confidence = 0.95, source = "https://auctionpro.co.kr/?p=2544"
}
-- reader block
p.replies:add {
	text = "You are registered as spammer (by user's reject list)",
	category = "recipient-refused", confidence = 0.95,
	source = "https://puffinknight.tistory.com/102"
}
