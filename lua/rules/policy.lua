-- Local policy, encryption, permission to use a server.
local rules = rebuff.rules

rules:add { category = "policy", confidence = 0.85, weight = 5, source = "met at many servers", any = {
	"policy violation", "violates policy", "violates our policy", "violation of policy", "policy reasons",
	"for policy reasons", "policy reject", "policy rejection", "rejected by policy", "rejected due to policy",
	"rejected due to local policy", "denied by policy", "blocked by policy", "refused by policy",
	"prohibited by policy", "due to policy", "due to local policy", "because of policy", "against policy",
	"against our policy", "local policy", "site policy", "company policy", "organization policy",
	"organizational policy", "administrative policy", "security policy", "security policies", "server policy",
	"domain policy", "mail policy", "mailpolicy", "email policy", "usage policy", "acceptable use", "aup",
	"policy restrictions", "policy restriction", "policy error", "administratively denied",
	"administratively prohibited", "administratively blocked", "administrative block",
	"blocked by administrator", "rejected by administrator", "denied by administrator", "security reasons",
	"for security", "protocol violation", "message not accepted for policy reasons", "delivery not authorized",
	"not authorized for delivery", "message refused", "external forwarding", "forwarding is not allowed",
	"forwarding disabled", "illegal attachment on your message",
	"not accept messages containing images or other attachments", "mass mailer",
	"messages with multiple addresses",
} }
rules:add { category = "policy", confidence = 0.9, weight = 25,
	source = "RFC 3207, RFC 4954, met at many servers", any = {
	"must issue a starttls", "must issue starttls", "issue a starttls command first", "starttls is required",
	"starttls required", "requires starttls", "starttls-not-supported", "starttls not supported",
	"tls required", "tls is required", "requires tls", "require tls", "tls not supported", "tls not available",
	"tls is not available", "tls negotiation", "tls handshake", "tls connection", "tls-required",
	"must support tls", "must use tls", "senders to use tls", "requires encryption", "encryption required",
	"encryption is required", "session encryption is required", "encrypted connection",
	"not encrypted", "tls currently unavailable", "cannot start tls", "certificate", "mta-sts", "sts policy",
	"dane", "tlsa", "requiretls",
	"authentication required", "authentication is required", "requires authentication", "must authenticate",
	"must be authenticated", "must first authenticate", "need to authenticate", "please authenticate",
	"not authenticated", "client was not authenticated", "sender must be authenticated",
	"you are not authenticated", "authenticate first", "authentication failed", "authentication failure",
	"authentication unsuccessful", "authentication credentials invalid", "authentication rejected",
	"authentication turned off", "authentication mechanism", "authentication method", "authentication disabled",
	"authentication not enabled", "invalid login", "invalid credentials", "bad credentials",
	"incorrect password", "bad password", "wrong password", "invalid password",
	"username and password not accepted", "bad username or password", "login denied", "login failed",
	"smtp auth", "smtpauth", "auth required", "application-specific password", "log in with your web browser",
	"cannot decode response", "password required", "account not subscribed to ses",
	"unauthenticated senders not allowed", "unauthenticated sender", "codes d'authentification",
	"you are not authorized to send mail, authentication", "anonymous mail", "verification failure",
	"insufficient permission", "insufficient access", "permission denied", "no permission",
} }
rules:add { category = "policy", confidence = 0.9, weight = 30, source = "GMX, WEB.DE",
	text = "reject due to policy restrictions" }
rules:add { category = "policy", confidence = 0.45, source = "met at many servers", any = {
	"not authorized", "not authorised", "unauthorized", "not allowed", "not permitted", "prohibited",
	"forbidden", "policy", "access denied", "denied by", "violation",
} }
rules:add { category = "policy", confidence = 0.2, source = "met at many servers", any = { "denied",
	"rejected", "refused", "reject" } }
-- More rules that are not about spam.
rules:add { category = "policy", confidence = 0.8, weight = 14,
	source = "Exchange, RFC 3207, RFC 4954, RFC 7672, RFC 8461", any = {
	"legal department", "rejected by rule", "blocked by rule", "our mail policy",
	"corporate policy", "does not comply with", "not in accordance", "plain text connection",
	"must use encryption", "tls is mandatory", "no shared cipher",
	"handshake failure", "certificate-expired", "certificate-host-mismatch", "log in through", "log in first",
	"please log in", "must log in", "authorization required", "authorization failed", "authorization denied",
	"password expired", "account credentials", "user credentials",
} }
rules:add { category = "policy", confidence = 0.45,
	source = "Exchange, RFC 3207, RFC 4954, RFC 7672, RFC 8461", any = {
	"transport rule", "transport.rules", "rejectmessage", "compliance", "legal notice", "data loss", "dlp",
	"company rule", "our policy", "our policies", "mail policies", "policies", "contrary to", "unencrypted",
	"plaintext", "use starttls", "tls mandatory", "tls version", "tls protocol", "ssl3",
	"sslv3", "ssl routines", "tlsa-invalid", "dnssec", "sts-", "not trusted", "untrusted",
	"login required", "bad auth", "auth failed", "auth failure", "auth error", "auth not", "auth first",
	"auth only", "auth is",
} }
rules:add { category = "policy", confidence = 0.85, code = 5, weight = 35,
	source = "Exchange Online", any = {
	"tenant allow block list", "tenant allow/block list", "blocked by your organization",
	"journaling on-premises", "blocked by the organization", "outbound spam policy",
} }
rules:add { category = "policy", confidence = 0.88, weight = 55,
	source = "met at many servers", any = {
	"without tls", "without encryption", "not using tls", "unencrypted session",
} }
-- Whoever tries passwords, and who writes to himself.
rules:add { category = "policy", confidence = 0.88, weight = 40,
	source = "Gmail, Dovecot, Exim, hosters", any = {
	"login attempts", "login attempt", "log-in attempts", "logon attempts", "sign-in attempts",
	"authentication attempts", "auth attempts", "password attempts", "failed logins", "login failures",
	"authentication failures", "auth failures", "too many logins", "incorrect logins", "invalid logins",
} }
rules:add { category = "policy", confidence = 0.7, code = 5, source = "met at many servers", any = {
	"send e-mail to yourself", "send email to yourself", "send mail to yourself", "send messages to yourself",
	"mail to yourself", "messages to yourself",
} }
rules:add { category = "policy", confidence = 0.85, weight = 20, source = "RFC 3207, RFC 4954", any = {
	"tls could not be", "tls cannot be", "tls can't be", "could not start tls", "unable to start tls",
	"starttls failed", "tls failed", "tls failure", "tls error", "ssl error", "dane validation",
	"log on before", "log in before", "login before", "logon before", "log on first", "logon first", "sign in before",
	"sign in first", "sign on first", "house rules", "rules of this house", "corporate governance",
} }
rules:add { category = "policy", confidence = 0.7, code = 5, source = "Exchange, web forms, Google Groups", any = {
	"organizational settings", "organisational settings", "organization's settings", "organization settings",
	"company settings", "domain settings", "low priority", "captcha", "number of posts",
} }
rules:add { category = "policy", confidence = 0.85, weight = 45, words = true, source = "RFC 4954, RFC 3207", any = {
	"plain connections", "plaintext connections", "plain text connections", "unencrypted connections",
	"cleartext connections", "security level",
} }
rules:add { category = "policy", confidence = 0.85, weight = 20, source = "Exchange", any = {
	"cannot achieve exchange server authentication", "exchange server authentication",
} }
rules:add { category = "policy", confidence = 0.8, weight = 30, words = true, source = "met at few servers", any = {
	"export control", "embargo", "sanctions", "legal reasons", "legal restrictions",
} }
rules:add { category = "policy", confidence = 0.75, code = 5, words = true, weight = 10, source = "Exchange", any = {
	"transport rule", "company rules", "house rule",
} }
rules:add { category = "policy", confidence = 0.87, weight = 20, source = "met at many servers", any = {
	"refused due to local policy", "refused due to policy", "rejected because of local policy",
} }
rules:add { category = "policy", confidence = 0.8, code = 5, source = "AOL", any = {
	"will not accept delivery of this message",
} }
