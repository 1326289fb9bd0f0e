-- What bounce messages say in their own words, where no remote reply is quoted.
local rules = rebuff.rules

rules:add { category = "expired", confidence = 0.92, weight = 50, source = "InterMail, OpenSMTPD, MDaemon, SmarterMail", any = {
	"was not delivered within", "envelope expired", "could not be delivered within", "unable to deliver within",
	"delivery attempts have been exhausted", "no more attempts will be made", "no further delivery attempts will be made after",
} }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 50, source = "fml, Mailman", text = "not a member of this mailing list" }
-- Gmail sends through another server whose password no longer fits.
rules:add { category = "sender-rejected", confidence = 0.95, weight = 60, source = "Gmail, Send mail as", text = "p=customfromdenied" }
-- One text in forty languages: the group is not there, or not open to us. The link is the same in all.
rules:add { category = "recipient-refused", confidence = 0.8, source = "Google Groups", any = {
	"groups.google.com/support", "not have permission to post messages to the group",
} }
rules:add { category = "address-bad", confidence = 0.85, source = "MMS gateways", any = {
	"no valid recipients for this", "recipient is not a valid",
} }
rules:add { category = "protocol-error", confidence = 0.9, weight = 30, source = "Exim", any = {
	"malformed address:", "may not follow", "were incorrectly constructed", "unqualified address not permitted",
} }
rules:add { category = "content-blocked", confidence = 0.9, weight = 70, source = "RFC 5322 3.6", any = {
	"duplicate header", "duplicated header", "duplicate headers", "multiple from headers", "multiple subject headers",
} }
rules:add { category = "auth-failed", confidence = 0.92, weight = 60, source = "Gmail", any = {
	"does not have authentication information or fails",
} }
