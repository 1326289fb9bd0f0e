-- A customer's MX hosts bear its own names, but Google stands behind them: its mail is Gmail's in
-- everything, in policy, counting and pace.
local gmail = rebuff.provider "gmail"
gmail.domains = { "hosted.example" }
gmail.mx = { ".mail.hosted.example" }
