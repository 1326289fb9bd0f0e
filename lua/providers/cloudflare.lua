-- Cloudflare Email Routing.
-- Retrying: Forwarder; greylist-like 4xx for unauthenticated senders.
-- Limits: SPF or DKIM needed.
local p = rebuff.provider "cloudflare"
p.name = "Cloudflare Email Routing"
p.mx = { ".mx.cloudflare.net" }
p.postmaster = "https://developers.cloudflare.com/email-routing/postmaster/"

-- no route
p.replies:add {
	text = "Address does not exist", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- missing auth
p.replies:add {
	text = "unauthenticated", category = "auth-failed", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
