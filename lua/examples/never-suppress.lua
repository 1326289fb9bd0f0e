-- Invoices have to be tried, whatever became of the last one.
rebuff.streams:add { name = "invoices", sender = "invoices@*" }

local invoices = rebuff.stream "invoices"
for _, category in ipairs { "address-bad", "mailbox-disabled", "domain-bad" } do
	invoices.suppress[category] = false
end
invoices.soft = false
invoices.bare = false
