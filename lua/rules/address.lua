-- The address does not exist: what servers of all makes say, in English.
local rules = rebuff.rules

-- Whole sentences of well-known software.
rules:add { category = "address-bad", confidence = 0.97,
	source = "Postfix, Exim, Sendmail, qmail, Exchange, Domino, Cyrus, Dovecot", any = {

	"user unknown in virtual alias table",

	"user unknown in relay recipient table",
	"recipient address rejected: user unknown",
	"recipient address rejected: need fully-qualified address",
	"recipient address rejected: undeliverable address",
	"recipient address rejected: unknown user",
	"recipient address rejected: invalid user",
	"recipient address rejected: invalid-recipient",
	"recipient address rejected: unknown recipient",
	"recipient address rejected: no such user",
	"recipient address rejected: not found",

	"sorry, no mailbox here by that name",
	"sorry, no such user",
	"resolver.adr.recipnotfound",
	"resolver.adr.exrecipnotfound",
	"resolver.adr.recipientnotfound",
	"resolver.adr.invalidinternetaddress",
	"resolver.adr.invalidsmtp",
	"recipnotfound",
	"recipientnotfound",
	"recipient not found by smtp address lookup",
	"storedrv.submit; invalid recipient address",
	"not listed in domino directory",
	"not listed in public name & address book",
	"not found in domino directory",
	"mailbox unknown. either there is no mailbox associated with this name",
	"requested user mailbox not found",
	"the email account that you tried to reach does not exist",
	"recipient's email address was not found",
	"this user doesn't have a",
	"does not have an account here",
	"email address could not be found, or was misspelled",
	"recipient address rejected: mailbox not found",
	"recipient address rejected: recipient not found",
	"amazon ses has suppressed sending to this address because it has a recent history of bouncing",
	"address was undeliverable because",
	"destination server rejected recipients",
	"destination addresses were unknown",
	"the user's email name is not found",
	"delivery is not allowed to this address",
	"vdeliver: invalid or unknown virtual user",
	"no user exists here by that name",
	"does not like recipient",
} }

-- Shorter phrases: sure, but a longer one that says more goes first.
rules:add { category = "address-bad", confidence = 0.92, source = "met at many servers", any = {
	"user unknown", "unknown user", "unknown users", "unknown recipient", "recipient unknown",
	"recipients unknown", "unknown address",
	"address unknown", "unknown account", "unknown mailbox", "mailbox unknown", "unknown local part",
	"unknown local-part", "unknown or illegal alias", "unknown or illegal user", "unknown email address",
	"unknown virtual user", "account unknown", "unknown account or recipient", "addressee unknown", "unknown addressee",
	"no such user", "no such recipient", "no such mailbox", "no such address", "no such account", "no such person",
	"no such local user", "no such email address", "no such customer", "no such subscriber", "no such alias",
	"no such addressee",
	"no user found", "no mailbox found", "no mailbox here", "no mail box", "no mailbox exists",
	"no mailbox by that name",
	"no account by that name", "no account here", "no account found", "no recipient found",
	"nobody by that name", "no one by that name", "no one at this address", "no address associated with",
	"there is no such", "there is no account", "there is no mailbox", "there is no user",
	"user not found", "user is not found", "user was not found", "user not known", "user not exist", "user not local",
	"recipient not found", "recipient was not found", "recipient could not be found", "recipients not found",
	"mailbox not found",
	"mailbox was not found", "account not found", "account was not found", "address not found",
	"email address not found",
	"address was not found", "address could not be found", "user could not be found", "mail address not found",
	"addressee not found", "not found recipient account", "user id not found", "username not found",
	"mailbox not present", "mailbox not exist",
	"user does not exist", "user doesn't exist", "user do not exist", "username does not exist",
	"recipient does not exist", "recipient doesn't exist", "recipients do not exist", "mailbox does not exist",
	"mailbox doesn't exist", "mail box does not exist", "account does not exist", "account doesn't exist",
	"address does not exist", "address doesn't exist",
	"email does not exist", "addressee does not exist", "alias does not exist", "receiver does not exist",
	"local part does not exist",
	"does not exist here", "does not exist on this server", "does not exist at this",
	"does not exist on this system", "does not exist in our",
	"user is unknown", "recipient is unknown", "address is unknown", "is an unknown user",
	"is not a known user", "is unknown to this",
	"not a valid recipient", "not a valid mailbox", "not a valid user", "not a valid address",
	"not a valid email address",
	"not a valid account", "not valid recipient", "is not a valid rfc 5321 address", "not a known recipient",
	"not a known user", "not a local user", "not a local mailbox", "not local user", "is not a user here",
	"is not a local address",
	"not a customer", "not our customer", "not our user", "not a subscriber", "is not a recognized user",
	"is not recognized as a valid",
	"invalid recipient", "invalid recipients", "invalid mailbox", "invalid user", "invalid account",
	"invalid rcpt", "invalid to address",
	"invalid recipient address", "invalid email address", "invalid mail address", "invalid mailbox path",
	"recipient invalid", "recipient is invalid",
	"recipient address is invalid", "mailbox invalid", "mailbox is invalid", "address is invalid",
	"invalid destination address", "invalid destination mailbox",
	"bad destination mailbox address", "bad destination email address", "bad recipient address",
	"bad address syntax", "illegal user", "illegal recipient", "illegal alias",
	"non-existent user", "nonexistent user", "non-existent address", "nonexistent address", "non existent user",
	"non-existing address", "non-existing user", "nonexistent recipient", "non-existent mailbox",
	"nonexistent mailbox",
	"not in recipient list", "not in our directory", "not present in directory", "not found in directory",
	"not in the directory", "not in our recipient list", "no valid mailbox",
	"not in my validrcptto list", "badrcptto list", "badrecipientto list", "in my badrcptto",
	"not have a mailbox", "does not have a mailbox", "doesn't have a mailbox", "have no mailbox",
	"has no mailbox", "does not have a valid mailbox",
	"does not have an account", "doesn't have an account", "hasn't an account", "has no account",
	"undeliverable address", "undeliverable recipient", "unroutable address",
	"address not valid", "address is not valid",
	"recipient not valid", "recipient is not valid", "wrong or no longer valid", "no longer valid",
	"is not valid here", "address invalid",
	"no longer exists", "no longer exist", "no longer in use", "no longer used", "no longer at this address",
	"no longer works", "no longer with", "no longer employed", "no longer a valid", "no longer an active",
	"no longer here", "no longer on server", "no longer available at this address",
	"has left the company", "has left the organization", "has left the university", "left the company",
	"has moved to a new address", "has been replaced by", "user has moved", "recipient has moved",
	"account has been deleted", "account was deleted", "user has been deleted", "account deleted",
	"mailbox has been deleted", "address has been deleted", "address has been retired",
	"been removed from our system",
	"mailbox name is invalid", "mailbox name not allowed", "mailbox name is not allowed",
	"recipient address unknown", "email account unknown", "can't find user", "cannot find user",
	"cannot find the user", "could not find user", "couldn't find user", "unable to find user",
	"unable to find recipient", "can not find recipient", "cannot find recipient", "can't accept user",
	"cannot verify recipient", "user missing home directory",
	"local user unknown", "user account not found", "unknown user account", "no such user account",
	"email id not found", "email id does not exist", "ldap lookup failed for recipient",
	"recipient address does not exist", "this mailbox does not exist", "destination mailbox does not exist",
	"destination address does not exist", "unknown destination address", "recipient not on file",
	"not in our database", "user reg error",
	"ost_rcpt", "#5.1.1 bad address", "bad address", "no existe dicha persona", "mailbox not available here",
	"subscriber not found", "subscriber unknown", "phone number is invalid", "invalid phone number",
	"this spectator does not exist",
	"cannot be delivered to this address", "recipient not known", "not known here", "is not known here",
	"not known at this site", "unable to verify recipient", "recipient verify failed",
	"recipient verification failed", "address verification failed", "rcpt verify failed",
	"failed recipient verification", "recipient validation failed", "fails recipient validation",
	"user account is not valid",
	"user email address is marked as invalid", "address on our bounce list", "not delivering to previously bounced",
	"recipient that has been marked as inactive", "is a non-existent", "unrecognized recipient",
	"unrecognised recipient", "unrecognized user", "unrecognized address", "recipient unrecognized",
	"recipient not recognized", "recipient address not recognized", "recipients in single label domains",
	"addresses in single label domains", "invalid x.400 address", "all recipient addresses rejected",
	"unable to route to this recipient", "the following addresses had delivery problems",
} }

-- "<lucy@example.org>: user ... not found" and the like, with words between.
rules:add { category = "address-bad", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "user", "does not exist" }, { "user", "doesn't exist" }, { "user", "not found" }, { "user", "unknown" }, {
	"user", "not exist" },
	{ "unknown", "user" }, { "account", "does not exist" }, { "account", "not exist" }, { "account", "not found"
	}, { "recipient", "does not exist" },
	{ "recipient", "not found" }, { "recipient", "unknown" }, { "recipient", "not exist" }, { "mailbox",
	"does not exist" }, { "mailbox", "not found" },
	{ "mailbox", "not exist" }, { "address", "does not exist" }, { "address", "not found" }, { "address",
	"not exist" }, { "address", "not known" }, { "address", "no longer" },
	{ "account", "no longer" }, { "mailbox", "no longer" }, { "user", "no longer" }, { "recipient", "no longer"
	}, { "recipient", "invalid" }, { "invalid", "recipient" },
	{ "no", "such", "user" }, { "no", "such", "mailbox" }, { "no", "mailbox" }, { "no", "user", "here" }, {
	"is not", "known", "user" }, { "recipient", "not valid" }, { "email", "does not exist" },
	{ "could not find", "recipient" }, { "isn't a valid", "address" }, { "not a valid", "address" },
} }

-- The recipient named in brackets, then the verdict alone.
rules:add { category = "address-bad", confidence = 0.85, source = "met at many servers", any = {
	"> not found", "> unknown", ">: unknown", ">... unknown", "> does not exist", ">: does not exist",
	"> is not known", ">: invalid address",
} }

-- The reply code's own words from RFC 5321, which most servers keep for a missing mailbox. With 5.7.1
-- it is a refusal, with a 4xx anything.
rules:add { category = "address-bad", confidence = 0.85, code = 5, source = "RFC 5321 4.2.3", any = {
	"mailbox unavailable", "mailbox is unavailable", "mailbox not available",
	"requested action not taken: mailbox unavailable",
	"requested mail action not taken: mailbox unavailable", "requested action not taken: mailbox not found",
} }
rules:add { category = "recipient-refused", confidence = 0.6, code = 5, enhanced = "5.7.1", weight = 20,
	source = "met at many servers", any = {
	"mailbox unavailable", "requested action not taken: mailbox unavailable",
} }
rules:add { category = "system-error", confidence = 0.65, code = 4, source = "RFC 5321 4.2.3", any = {
	"mailbox unavailable", "mailbox is unavailable", "mailbox temporarily unavailable",
	"requested mail action not taken: mailbox unavailable",
	"mailbox busy", "mailbox is busy", "mailbox is locked", "mailbox locked",
	"requested action not taken: mailbox unavailable",
} }
-- Postfix asks the next server whether the recipient exists and has no answer yet.
rules:add { category = "greylisted", confidence = 0.8, code = 4, weight = 20,
	source = "Postfix, address verification", any = {
	"recipient address rejected: unverified address: address verification in progress",
	"recipient address rejected: unverified address", "unverified address",
	"address verification in progress",
} }
rules:add { category = "system-error", confidence = 0.7, code = 4, source = "Postfix, address verification", any = {
	"cannot verify",
	"could not verify recipient",
	"could not complete recipient verify", "temporary recipient validation error", "recipient verification temporarily",
} }

-- Hints: they yield to an enhanced code that knows better.
rules:add { category = "address-bad", confidence = 0.3, source = "Postfix", any = {
	"recipient address rejected", "address rejected", "recipient not accepted", "rcpt to rejected",
} }
rules:add { category = "address-bad", confidence = 0.45, source = "met at many servers", any = {
	"invalid address",
	"address error", "unable to deliver to", "does not exist", "not found", "account not available",
	"account unavailable",

} }

-- More ways to say it; only where the code is final, as several are half sentences.
rules:add { category = "address-bad", confidence = 0.85, code = 5,
	source = "Postfix, Exim, Courier, Zimbra, MDaemon, LDAP and AD front ends, own words of many servers", any = {
	"no such mail user", "no such mail box", "no record of", "have no record", "not one of ours",
	"not in our records", "not on this server", "not on this system", "not a user on this",
	"not exist on this", "not exist at this", "mailbox nonexistent", "mailbox non-existent",
	"user nonexistent", "not in ldap", "not found in ldap", "no entry in ldap", "no ldap entry",
	"no valid alias", "no local mailbox", "no matching recipient", "no matching mailbox", "no matching user",
	"no matching account", "not match any", "does not match any", "unresolvable address", "unresolved address",
	"unresolved recipient", "unresolvable recipient", "invalid or unknown", "unknown or invalid",
	"unknown or disabled", "unknown or inactive", "bad email address", "bad destination email",
	"wrong email address", "incorrect address", "incorrect email address", "incorrect recipient",
	"address is incorrect", "check the spelling", "check the address", "check the recipient",
	"check your spelling", "check your recipient", "verify the address", "verify the email address",
	"verify the recipient", "spelled correctly", "typed incorrectly", "unassigned address",
	"address not in use", "mailbox not in use", "is not in use", "no longer in service", "has left our",
	"left our company", "left this company", "left the firm", "no longer works here", "no longer working",
	"no longer employed", "no longer part of", "no longer associated", "mailbox was removed",
	"user was removed", "address was removed", "has been removed",
	"not in our address book", "not listed here", "not listed in", "not a recognised", "not a recognized",
	"not recognized here", "recipient not registered", "user not registered", "address not registered",
	"is not registered", "unregistered user", "unregistered recipient", "no mailbox for",
	"no mailbox associated", "no mailbox at", "no mailbox with", "no mailbox named", "no user named",
	"no user with", "no user by that", "no user exists", "no user here", "no user at this", "no such name",
	"no account with", "no account associated", "no account exists", "no account named", "no recipient with",
	"no recipient by", "no recipient named", "no one here", "isn't a known", "isn't a user", "is not a user",
	"is not an existing", "not an existing", "unable to locate user", "unable to locate recipient",
	"unable to locate mailbox", "cannot locate user", "cannot locate recipient", "could not locate user",
	"could not locate recipient", "could not be located", "unable to resolve recipient",
	"unable to resolve address", "unable to validate recipient", "could not validate recipient",
	"recipient could not be verified", "rejected recipient", "recipient lookup failed", "user lookup failed",
	"mailbox is unknown", "mailbox name unknown", "user not valid", "user is not valid", "user is invalid",
	"account is invalid", "invalid user id", "invalid username", "unknown username", "username unknown",
	"invalid local part", "invalid localpart", "invalid local-part", "alias not found", "unknown recipients",
	"invalid recipient(s)", "invalid final delivery userid", "malformed recipient", "malformed address",
	"recipient address contains", "characters in recipient", "recipient syntax", "recipient address syntax",
	"no such destination", "unknown destination", "unknown customer", "unknown subscriber", "not a mailbox",
	"not a known mailbox", "not a known address", "not a known recipient", "not a valid local",
	"not an account", "not an email account", "undefined mailbox", "undefined recipient",
	"doesn't have mailbox", "does not have mailbox", "not found on this server", "not found on this system",
	"not found on server", "not found here", "not found at this", "can't be found", "cannot be found",
	"could not be found", "was not found", "couldn't be found", "unknown at this", "unknown on this",
	"unknown in this", "unknown to us", "not known to us", "not a current", "is not current", "address is bad",
	"email is invalid", "e-mail address is invalid", "invalid recepient", "recipient dosn't exist",
	"mailbox does'nt exist", "does not exists", "do not exist", "email address changed", "has changed address",
	"has a new address", "has changed his", "has changed her", "has changed their", "address has changed",
	"new email address is", "moved to another", "address no longer",
} }
rules:add { category = "address-bad", confidence = 0.45, code = 5,
	source = "Postfix, Exim, Courier, Zimbra, MDaemon, LDAP and AD front ends, own words of many servers", any = {
	"never existed", "bad recipient", "bad mailbox", "bad user", "wrong address",
	"wrong recipient", "misspelled", "mistyped", "check spelling", "for typos", "not assigned", "has retired",
	"been deleted", "was deleted", "is deleted", "deleted user", "deleted account", "deleted mailbox",
	"deleted address", "account removed", "user removed", "mailbox removed", "not recognised",
	"not provisioned", "nobody here", "no person", "isn't known", "user invalid", "account invalid",
	"invalid alias", "unknown alias", "alias unknown", "illegal address",
	"unknown person", "unknown contact", "undefined user", "inexistent", "unexisting", "not existing",
	"not existent", "non-existant", "without mailbox", "mailbox missing", "user missing", "unknown here",
	"email invalid", "invalid email", "invalid e-mail", "unknow user", "user unknow", "unkown user",
	"user unkown", "doesn't exists", "not exists", "don't exist", "didn't match", "address retired",
} }
-- What is left when nothing says of whom: mostly the recipient, hence the low confidence. The vaguer words
-- yield to 5.7.1 too, which must not suppress an address.
rules:add { category = "address-bad", confidence = 0.47, code = 5, words = true,
	source = "met at many servers", any = {
	"doesn't exist", "not exist", "nonexistent", "non-existent", "non existent", "no such",
	"never existed",
} }
rules:add { category = "address-bad", confidence = 0.38, code = 5, words = true,
	source = "met at many servers", any = {
	"is unknown", "not known", "is invalid", "is not valid", "not valid", "unknown", "undeliverable", "is gone",
	"no longer",
} }
rules:add { category = "address-bad", confidence = 0.85, code = 5, weight = 45,
	source = "met at many servers", any = {
	"recipient address contains illegal", "recipient address contains invalid",
	"illegal character in recipient", "invalid characters in recipient", "directory failed: no entry",
	"user unknown in directory", "the email account that you tried to reach is disabled or does not exist",
	"disabled or does not exist", { "account", "was removed" }, { "account", "has been removed" },
	{ "account", "was deleted" }, { "account", "has been deleted" }, { "mailbox", "was deleted" },
	{ "mailbox", "has been deleted" }, { "mailbox", "has been removed" }, { "user", "was deleted" },
	{ "user", "has been removed" }, { "user", "has been deleted" }, { "address", "has been removed" },
	{ "address", "has been deleted" }, { "ldap", "no entry" }, { "ldap", "not found" },
	{ "ldap", "no such object" },
} }
rules:add { category = "address-bad", confidence = 0.8, code = 5,
	source = "met at many servers", any = {
	"misspelt", "not match an account", "phone book", "not in our phone", "no such entry",
	"does not match a user", "does not match a mailbox",
} }
rules:add { category = "address-bad", confidence = 0.85, code = 5, weight = 10,
	source = "met at many servers", any = {
	{ "mailbox", "never existed" }, { "user", "never existed" }, { "account", "never existed" },
	{ "address", "never existed" },
} }
-- Half sentences about somebody who is not there. They yield to 5.7.1 and to every noun that is about
-- something else.
rules:add { category = "address-bad", confidence = 0.395, code = 5, words = true,
	source = "met at many servers", any = {
	"isn't on this", "isn't here", "isn't there", "is not here", "is not there", "isn't one of", "isn't hosted",
	"we do not host", "we don't host", "do not have here", "don't have here", "been created", "not created yet",
	"never created", "was withdrawn", "been withdrawn", "has ended", "graduation", "graduated", "alumni account",
	"left the organisation", "left the organization", "has left", "left us", "has departed", "departed",
	"resigned", "no more here", "not here any more", "not here anymore", "not there any more",
	"local part", "localpart", "username", "user name", "addressee", "no result", "no results", "zero results",
	"nothing found", "nobody", "no-one", "no one", "couldn't locate", "could not locate", "cannot locate",
	"can't locate", "unable to locate", "unable to find", "could not find", "couldn't find", "cannot find",
	"can't find", "not listed", "isn't listed", "isn't registered", "not registered", "isn't valid",
	"never heard of", "gone away", "is obsolete", "not deliverable", "isn't deliverable",
	"cannot be delivered to", "no delivery to", "wrong name", "no account",
	"no recipient", "no user", "erased", "purged", "wiped", "was removed", "been removed", "mistake in the address",
	"error in the address", "typo", "typing error", "unallocated", "unassigned", "not allocated",
	"moved away", "has moved", "have moved", "deceased", "passed away",
} }
rules:add { category = "address-bad", confidence = 0.85, code = 5, source = "RFC 2606",
	any = { "reserved by rfc 2606", "reserved by rfc2606", "reserved address" } }
rules:add { category = "address-bad", confidence = 0.8, code = 5, weight = 18, words = true, source = "met at many servers", any = {
	"not a valid alias", "no valid alias", "not an alias", "not provisioned on", "is not provisioned", "no ldap match",
	"no directory match", "no match in ldap", "no match in directory", "not found in ldap", "invalid mail drop",
	"unknown mail drop", "invalid maildrop", "ceased to be", "never been opened", "never opened", "has never been",
	"email account unknown", "imap account", "no catch-all", "no forward exists",
	{ "account", "never been" }, { "mailbox", "never been" }, { "user", "never been" },
	{ "refused", "not a valid user" }, { "refused", "no such" }, { "rejected", "no such" },
} }
rules:add { category = "address-bad", confidence = 0.85, code = 5, weight = 20, words = true, source = "Apple, Exim", any = {
	{ "does not exist", "unable to receive" }, { "doesn't exist", "unable to receive" },
	{ "does not exist", "not able to receive" }, { "does not exist", "cannot receive" },
	"restricted characters in address", "restricted characters in local part",
} }
-- Words joined as programs do.
rules:add { category = "address-bad", confidence = 0.88, code = 5, source = "filter appliances, own servers", any = {
	"bad_recipient", "unknown_recipient", "recipient_unknown", "unknown_user", "user_unknown", "no_such_user",
	"no_such_recipient", "invalid_recipient", "recipient_invalid", "user_not_found", "recipient_not_found",
	"invalid_user", "mailbox_not_found", "no_mailbox", "no_such_mailbox", "user_does_not_exist", "bad_address",
	"unknownuser", "userunknown", "nosuchuser", "invalidrecipient", "unknownrecipient", "usernotfound",
} }
rules:add { category = "address-bad", confidence = 0.85, enhanced = "*.1.1", weight = 45, words = true,
	source = "RFC 3463", any = { "not served", "not hosted", "not handled" } }
rules:add { category = "address-bad", confidence = 0.8, code = 5, weight = 20, words = true, source = "met at many servers", any = {
	"not a name we know", "no name we know", "resolved to any", "resolved to a local", "not have any mailbox",
	"don't have such", "do not have such", "not in our user list", "not in our list of users", "not in the user list",
	"not in the list of users", "no such domain user", "any local account", "any local user", "any local mailbox",
} }
rules:add { category = "address-bad", confidence = 0.8, code = 5, weight = 30, words = true, source = "met at many servers", any = {
	{ "mailbox", "not hosted" }, { "user", "not hosted" }, { "account", "not hosted" }, "appear in our database",
	"appear in our directory", "appears in our directory", "has no home", "perhaps you meant", "did you mean", "maybe you meant",
	"not in relay_recipient_maps", "relay_recipient_maps", "local_recipient_maps",
} }
-- The reply of the next server, as this one hands it on.
rules:add { category = "address-bad", confidence = 0.87, weight = 40, source = "Microsoft 365 and other gateways", any = {
	{ "remote server returned", "550 5.1.1" }, { "server said", "550 5.1.1" }, { "error", "550 5.1.1" },
} }
rules:add { category = "address-bad", confidence = 0.8, words = true, code = 5, source = "Chinese servers", any = {
	"cannot find your mailbox", "can't find your mailbox",
} }
-- Whom others call the recipient.
rules:add { category = "address-bad", confidence = 0.85, words = true, code = 5, source = "CompuServe and others", any = {
	"invalid receiver", "unknown receiver", { "not on file", "address" }, { "recipient", "not on file" },
	{ "user", "not on file" },
} }
rules:add { category = "address-bad", confidence = 0.83, words = true, code = 5, source = "met at many servers", any = {
	"invalid alias", "no such alias", "alias is invalid",
} }
