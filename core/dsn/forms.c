#include "dsn/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

/* In the body; alone on its line in the body; in a Subject; naming a command. */
#define BODY(kind, phrase)                                                                         \
	{                                                                                          \
		phrase, RBF_FORM_##kind, REBUFF_STAGE_UNKNOWN, false, false                        \
	}
#define LINE(kind, phrase)                                                                         \
	{                                                                                          \
		phrase, RBF_FORM_##kind, REBUFF_STAGE_UNKNOWN, true, false                         \
	}
#define SUBJECT(kind, phrase)                                                                      \
	{                                                                                          \
		phrase, RBF_FORM_##kind, REBUFF_STAGE_UNKNOWN, false, true                         \
	}
#define STAGE(stage, phrase)                                                                       \
	{                                                                                          \
		phrase, RBF_FORM_STAGE, REBUFF_STAGE_##stage, false, false                         \
	}

static const rbf_form table[] = {
	/* What introduces a failure. */
	BODY(FAIL, "could not be delivered"),
	BODY(FAIL, "couldn't be delivered"),
	BODY(FAIL, "could not deliver"),
	BODY(FAIL, "couldn't deliver"),
	BODY(FAIL, "cannot be delivered"),
	BODY(FAIL, "can't be delivered"),
	BODY(FAIL, "can not be delivered"),
	BODY(FAIL, "was not delivered"),
	BODY(FAIL, "wasn't delivered"),
	BODY(FAIL, "were not delivered"),
	BODY(FAIL, "not been delivered"),
	BODY(FAIL, "was undeliverable"),
	BODY(FAIL, "is undeliverable"),
	BODY(FAIL, "undeliverable to"),
	BODY(FAIL, "undeliverable message"),
	BODY(FAIL, "undelivered mail"),
	BODY(FAIL, "was not relayed"),
	BODY(FAIL, "not able to deliver"),
	BODY(FAIL, "wasn't able to deliver"),
	BODY(FAIL, "unable to deliver"),
	BODY(FAIL, "unable to send"),
	BODY(FAIL, "trouble delivering"),
	BODY(FAIL, "problem delivering"),
	BODY(FAIL, "problems delivering"),
	BODY(FAIL, "error delivering"),
	BODY(FAIL, "while trying to deliver"),
	BODY(FAIL, "while attempting to deliver"),
	BODY(FAIL, "failed to deliver"),
	BODY(FAIL, "failed to reach"),
	BODY(FAIL, "delivery failed"),
	BODY(FAIL, "delivery has failed"),
	BODY(FAIL, "delivery failure"),
	BODY(FAIL, "delivery to the following"),
	BODY(FAIL, "delivery errors"),
	BODY(FAIL, "delivery error"),
	BODY(FAIL, "delivery was not successful"),
	BODY(FAIL, "non-delivery"),
	BODY(FAIL, "nondelivery"),
	BODY(FAIL, "did not reach"),
	BODY(FAIL, "didn't reach"),
	BODY(FAIL, "could not be reached"),
	BODY(FAIL, "could not be sent"),
	BODY(FAIL, "couldn't be sent"),
	BODY(FAIL, "was not sent"),
	BODY(FAIL, "not be sent"),
	BODY(FAIL, "did not receive this message"),
	BODY(FAIL, "did not receive your message"),
	BODY(FAIL, "permanent fatal errors"),
	BODY(FAIL, "permanent error"),
	BODY(FAIL, "address(es) failed"),
	BODY(FAIL, "address failed"),
	BODY(FAIL, "addresses failed"),
	BODY(FAIL, "incorrectly constructed"),
	BODY(FAIL, "failed permanently"),
	BODY(FAIL, "was rejected"),
	BODY(FAIL, "were rejected"),
	BODY(FAIL, "has been rejected"),
	BODY(FAIL, "have been rejected"),
	BODY(FAIL, "rejected your message"),
	BODY(FAIL, "has been returned"),
	BODY(FAIL, "was returned"),
	BODY(FAIL, "transcript of session"),
	BODY(FAIL, "failure reasons"),
	BODY(FAIL, "failure notice"),
	BODY(FAIL, "this is a permanent"),
	BODY(FAIL, "unknown user"),
	BODY(FAIL, "user unknown"),
	BODY(FAIL, "invalid user"),
	BODY(FAIL, "no such user"),
	BODY(FAIL, "no valid recipients"),
	BODY(FAIL, "invalid recipient"),
	BODY(FAIL, "unknown recipient"),
	BODY(FAIL, "account is disabled"),
	BODY(FAIL, "mailbox is full"),
	BODY(FAIL, "mailbox full"),
	BODY(FAIL, "mailbox exceeds"),
	BODY(FAIL, "was not accepted"),
	BODY(FAIL, "user not found"),
	BODY(FAIL, "user not known"),
	BODY(FAIL, "invalid mailbox"),
	BODY(FAIL, "automatically rejected"),
	BODY(FAIL, "message not delivered"),
	BODY(FAIL, "failed addresses"),
	BODY(FAIL, "failed recipients"),
	BODY(FAIL, "delivery problems"),
	BODY(FAIL, "has not been collected"),
	BODY(FAIL, "over quota"),
	BODY(FAIL, "not a valid user"),
	BODY(FAIL, "not a valid recipient"),
	BODY(FAIL, "not a valid address"),
	BODY(FAIL, "not a valid email address"),
	BODY(FAIL, "not a valid mailbox"),
	BODY(FAIL, "account does not exist"),
	BODY(FAIL, "address does not exist"),
	BODY(FAIL, "user does not exist"),
	BODY(FAIL, "mailbox does not exist"),
	BODY(FAIL, "recipient does not exist"),
	BODY(FAIL, "no longer a valid"),
	BODY(FAIL, "mailbox unavailable"),
	BODY(FAIL, "address is unknown"),
	BODY(FAIL, "was refused by"),
	BODY(FAIL, "has been refused"),
	BODY(FAIL, "wasn't found at"),
	BODY(FAIL, "not a member of"),
	BODY(FAIL, "may not exist, or you may not have permission"),
	BODY(FAIL, "bounce notification"),
	BODY(FAIL, "bouncedrecipients"),
	BODY(FAIL, "nicht zugestellt"),
	BODY(FAIL, "unzustellbar"),
	BODY(FAIL, "zustellung fehlgeschlagen"),
	BODY(FAIL, "fehler bei der nachrichtenzustellung"),
	BODY(FAIL, "konnte nicht"),
	BODY(FAIL, "n'a pas pu être"),
	BODY(FAIL, "n'a pu être"),
	BODY(FAIL, "échec de la remise"),
	BODY(FAIL, "non remis"),
	BODY(FAIL, "no se pudo entregar"),
	BODY(FAIL, "no se ha podido entregar"),
	BODY(FAIL, "error de entrega"),
	BODY(FAIL, "non è stato possibile"),
	BODY(FAIL, "impossibile recapitare"),
	BODY(FAIL, "recapito non riuscito"),
	BODY(FAIL, "não pôde ser entregue"),
	BODY(FAIL, "não foi possível entregar"),
	BODY(FAIL, "falha na entrega"),
	BODY(FAIL, "kon niet worden"),
	BODY(FAIL, "kan niet worden bezorgd"),
	BODY(FAIL, "nie można dostarczyć"),
	BODY(FAIL, "nie została dostarczona"),
	BODY(FAIL, "не может быть доставлено"),
	BODY(FAIL, "не было доставлено"),
	BODY(FAIL, "не доставлено"),
	BODY(FAIL, "не удалось доставить"),
	BODY(FAIL, "Не удалось доставить"), /* only ASCII is folded */
	BODY(FAIL, "не может быть отправлено"),
	BODY(FAIL, "送信できませんでした"),
	BODY(FAIL, "配信できませんでした"),
	BODY(FAIL, "配送できません"),
	BODY(FAIL, "送信に失敗"),
	BODY(FAIL, "無法傳送"),
	BODY(FAIL, "无法投递"),
	BODY(FAIL, "无法送达"),
	BODY(FAIL, "被退回"),
	BODY(FAIL, "退信"),

	/* Still being tried. */
	BODY(DELAY, "not yet been delivered"),
	BODY(DELAY, "has been delayed"),
	BODY(DELAY, "is delayed"),
	BODY(DELAY, "been delayed"),
	BODY(DELAY, "delivery delayed"),
	BODY(DELAY, "delayed mail"),
	BODY(DELAY, "will be retried"),
	BODY(DELAY, "still being retried"),
	BODY(DELAY, "will keep trying"),
	BODY(DELAY, "will continue to try"),
	BODY(DELAY, "continue trying"),
	BODY(DELAY, "keep trying to deliver"),
	BODY(DELAY, "will try again"),
	BODY(DELAY, "attempts will continue"),
	BODY(DELAY, "will be repeated"),
	BODY(DELAY, "warning message only"),
	BODY(DELAY, "do not need to resend"),
	BODY(DELAY, "don't need to resend"),
	BODY(DELAY, "still undelivered after"),
	BODY(DELAY, "transient non-fatal errors"),
	BODY(DELAY, "could not send message for past"),
	BODY(DELAY, "could not send mail for past"),
	BODY(DELAY, "temporarily delayed"),
	BODY(DELAY, "wird weiterhin versucht"),
	BODY(DELAY, "noch nicht zugestellt"),
	BODY(DELAY, "est retardé"),
	BODY(DELAY, "доставка задерживается"),

	BODY(DONE, "successfully delivered"),
	BODY(DONE, "was delivered to"),
	BODY(DONE, "been delivered to the"),
	BODY(DONE, "delivery to the following recipients was successful"),
	BODY(DONE, "successfully relayed"),
	BODY(DONE, "delivery was successful"),

	BODY(AWAY, "out of the office"),
	BODY(AWAY, "out of office"),
	BODY(AWAY, "on vacation"),
	BODY(AWAY, "on holiday"),
	BODY(AWAY, "away from my"),
	BODY(AWAY, "currently away"),
	BODY(AWAY, "annual leave"),
	BODY(AWAY, "maternity leave"),
	BODY(AWAY, "no longer with"),
	BODY(AWAY, "no longer works"),
	BODY(AWAY, "abwesend"),
	BODY(AWAY, "nicht im büro"),
	BODY(AWAY, "absent du bureau"),
	BODY(AWAY, "fuera de la oficina"),
	BODY(AWAY, "fuori sede"),
	BODY(AWAY, "fora do escritório"),
	BODY(AWAY, "automatic reply"),
	BODY(AWAY, "we have received your"),
	BODY(AWAY, "thank you for contacting"),
	BODY(AWAY, "thank you for your message"),
	BODY(AWAY, "thank you for your email"),
	BODY(AWAY, "thank you for your e-mail"),
	BODY(AWAY, "will reply as soon as"),
	BODY(AWAY, "reply as soon as possible"),

	BODY(CHALLENGE, "confirm that you are"),
	BODY(CHALLENGE, "confirm your message"),
	BODY(CHALLENGE, "confirm your email address"),
	BODY(CHALLENGE, "verify that you are a"),
	BODY(CHALLENGE, "click the link below to confirm"),
	BODY(CHALLENGE, "reply to this message to confirm"),
	BODY(CHALLENGE, "sender verification"),
	BODY(CHALLENGE, "complete the verification"),
	BODY(CHALLENGE, "awaiting your confirmation"),
	BODY(CHALLENGE, "held pending your"),
	BODY(CHALLENGE, "being held until"),
	BODY(CHALLENGE, "has been waitlisted"),
	BODY(CHALLENGE, "not pre-approved"),
	BODY(CHALLENGE, "not been pre-approved"),
	BODY(CHALLENGE, "guest list so"),
	BODY(CHALLENGE, "is the first message you have sent"),
	BODY(CHALLENGE, "approve your message"),
	BODY(CHALLENGE, "to be added to my"),
	BODY(CHALLENGE, "prove that you are"),

	/* What stands before the address that failed. */
	BODY(RECIPIENT, "rcpt to:"),
	BODY(RECIPIENT, "recipient:"),
	BODY(RECIPIENT, "recipients:"),
	BODY(RECIPIENT, "recipient"),
	BODY(RECIPIENT, "recipient address:"),
	BODY(RECIPIENT, "intended recipient:"),
	BODY(RECIPIENT, "failed recipient:"),
	BODY(RECIPIENT, "final-recipient:"),
	BODY(RECIPIENT, "delivered to:"),
	BODY(RECIPIENT, "delivering to:"),
	BODY(RECIPIENT, "deliver to:"),
	BODY(RECIPIENT, "message to:"),
	BODY(RECIPIENT, "message to"),
	BODY(RECIPIENT, "mail to"),
	BODY(RECIPIENT, "delivered to"),
	BODY(RECIPIENT, "deliver to"),
	BODY(RECIPIENT, "undeliverable to"),
	BODY(RECIPIENT, "sent to"),
	BODY(RECIPIENT, "send to"),
	BODY(RECIPIENT, "delivery to"),
	BODY(RECIPIENT, "unknown user:"),
	BODY(RECIPIENT, "unknown user"),
	BODY(RECIPIENT, "user unknown:"),
	BODY(RECIPIENT, "invalid user:"),
	BODY(RECIPIENT, "invalid recipient:"),
	BODY(RECIPIENT, "unknown recipient:"),
	BODY(RECIPIENT, "no such user:"),
	BODY(RECIPIENT, "no such address:"),
	BODY(RECIPIENT, "mailbox:"),
	BODY(RECIPIENT, "address:"),
	BODY(RECIPIENT, "email address:"),
	BODY(RECIPIENT, "mail address:"),
	BODY(RECIPIENT, "e-mail address:"),
	BODY(RECIPIENT, "email account:"),
	BODY(RECIPIENT, "target mail address:"),
	BODY(RECIPIENT, "forward to"),
	BODY(RECIPIENT, "addressed to"),
	BODY(RECIPIENT, "smtp="), /* of an X.400 address */
	BODY(RECIPIENT, "emailaddress:"),
	BODY(RECIPIENT, "mailing list"),
	BODY(RECIPIENT, "generated by"),
	BODY(RECIPIENT, "empfänger:"),
	BODY(RECIPIENT, "destinataire:"),
	BODY(RECIPIENT, "destinataire :"),
	BODY(RECIPIENT, "destinatario:"),
	BODY(RECIPIENT, "destinatário:"),
	BODY(RECIPIENT, "получатель:"),

	/* What stands before another address. */
	BODY(OTHER, "mail from:"),
	BODY(OTHER, "mail from"),
	BODY(OTHER, "message from"),
	BODY(OTHER, "messages from"),
	BODY(OTHER, "sent by"),
	BODY(ORIGIN, "generated from"),
	BODY(ORIGIN, "expanded from:"),
	BODY(ORIGIN, "expanded from"),
	BODY(ORIGIN, "forwarded from"),
	BODY(OTHER, "from:"),
	BODY(OTHER, "sender:"),
	BODY(OTHER, "return-path:"),
	BODY(OTHER, "reply-to:"),
	BODY(OTHER, "contact"),
	BODY(OTHER, "report to"),
	BODY(OTHER, "send mail to"),
	BODY(OTHER, "send email to"),
	BODY(OTHER, "email to"),
	BODY(OTHER, "forward this"),
	BODY(OTHER, "hello"),
	BODY(OTHER, "dear"),
	BODY(OTHER, "message-id:"),
	BODY(OTHER, "message id"),
	BODY(OTHER, "to the address"),

	/* Where the returned message begins. */
	BODY(RETURNED, "below this line is a copy"),
	BODY(RETURNED, "enclosed is a copy of"),
	BODY(RETURNED, "included is a copy of"),
	BODY(RETURNED, "this is a copy of"),
	BODY(RETURNED, "a copy of your message"),
	BODY(RETURNED, "below is a copy of"),
	BODY(RETURNED, "copy of the original message"),
	BODY(RETURNED, "message headers follow"),
	BODY(RETURNED, "message header follows"),
	BODY(RETURNED, "original message follows"),
	BODY(RETURNED, "original message headers"),
	BODY(RETURNED, "original message header"),
	BODY(RETURNED, "header of the original message"),
	BODY(RETURNED, "headers of the original message"),
	BODY(RETURNED, "header of the message"),
	BODY(RETURNED, "unsent message follows"),
	BODY(RETURNED, "unsent message below"),
	BODY(RETURNED, "your message follows"),
	BODY(RETURNED, "your original message"),
	LINE(RETURNED, "rejected message"),
	BODY(RETURNED, "start of returned message"),
	BODY(RETURNED, "message text follows"),
	BODY(RETURNED, "the header and top"),
	LINE(RETURNED, "original message"),
	LINE(RETURNED, "original mail"),
	LINE(RETURNED, "original mail info"),
	LINE(RETURNED, "original e-mail"),
	LINE(RETURNED, "original email"),
	LINE(RETURNED, "returned message"),
	LINE(RETURNED, "undelivered message"),
	LINE(RETURNED, "returned mail"),
	LINE(RETURNED, "returned mail follows"),
	BODY(RETURNED, "your message reads"),
	BODY(RETURNED, "copy of the first part"),
	LINE(RETURNED, "message header"),
	LINE(RETURNED, "message headers"),
	LINE(RETURNED, "bounced e-mail"),
	LINE(RETURNED, "bounced message"),
	LINE(RETURNED, "ursprüngliche nachricht"),
	BODY(RETURNED, "ursprüngliche nachrichtenkopfzeilen"),
	BODY(RETURNED, "en-têtes de message d'origine"),
	BODY(RETURNED, "encabezados de mensajes originales"),

	/* Not the reason. */
	BODY(PLATITUDE, "please reply to"),
	BODY(PLATITUDE, "please contact"),
	BODY(PLATITUDE, "please see"),
	BODY(PLATITUDE, "please do not reply"),
	BODY(PLATITUDE, "please note"),
	BODY(PLATITUDE, "please check"),
	BODY(PLATITUDE, "please try"),
	BODY(PLATITUDE, "if you feel"),
	BODY(PLATITUDE, "if you believe"),
	BODY(PLATITUDE, "if you think"),
	BODY(PLATITUDE, "if you have"),
	BODY(PLATITUDE, "if you do so"),
	BODY(PLATITUDE, "if you require"),
	BODY(PLATITUDE, "for further assistance"),
	BODY(PLATITUDE, "for assistance"),
	BODY(PLATITUDE, "for more information"),
	BODY(PLATITUDE, "for further information"),
	BODY(PLATITUDE, "no action is required"),
	BODY(PLATITUDE, "附件中的内容"), /* the attachment holds the original */
	BODY(PLATITUDE, "附件是"),
	BODY(PLATITUDE, "原邮件"),
	BODY(PLATITUDE, "this email has been scanned"),
	BODY(PLATITUDE, "this e-mail has been scanned"),
	BODY(PLATITUDE, "this message has been scanned"),
	BODY(PLATITUDE, "this mail has been scanned"),
	BODY(PLATITUDE, "this email was scanned"),
	BODY(PLATITUDE, "this e-mail was scanned"),
	BODY(PLATITUDE, "this message was scanned"),
	BODY(PLATITUDE, "this email has come from"),
	BODY(PLATITUDE, "this e-mail has come from"),
	BODY(PLATITUDE, "this message has come from"),
	BODY(PLATITUDE, "this email and any"),
	BODY(PLATITUDE, "this e-mail and any"),
	BODY(PLATITUDE, "this message and any"),
	BODY(PLATITUDE, "this email is intended"),
	BODY(PLATITUDE, "this e-mail is intended"),
	BODY(PLATITUDE, "this message is intended"),
	BODY(PLATITUDE, "this message contains confidential"),
	BODY(PLATITUDE, "this email contains confidential"),
	BODY(PLATITUDE, "this communication"),
	BODY(PLATITUDE, "this transmission"),
	BODY(PLATITUDE, "confidentiality"),
	BODY(PLATITUDE, "disclaimer"),
	BODY(PLATITUDE, "scanned by"),
	BODY(PLATITUDE, "checked by"),
	BODY(PLATITUDE, "virus scanned"),
	BODY(PLATITUDE, "the information in this"),
	BODY(PLATITUDE, "the information contained"),
	BODY(PLATITUDE, "important notice"),
	BODY(PLATITUDE, "your message is attached"),
	BODY(PLATITUDE, "this is an automatically"),
	BODY(PLATITUDE, "this message was created automatically"),
	BODY(PLATITUDE, "this nondelivery report was"),
	BODY(PLATITUDE, "delivery to the following"),
	BODY(PLATITUDE, "the following address"),
	BODY(PLATITUDE, "the following recipient"),

	BODY(HOST, "while talking to"),
	BODY(HOST, "remote host"),
	BODY(HOST, "host:"),
	BODY(HOST, "host"),
	BODY(HOST, "smtp server"),
	BODY(HOST, "connect to"),
	BODY(HOST, "remote-mta:"),
	BODY(HOST, "remotemta:"),
	BODY(HOST, "server"),

	STAGE(RCPT, "in reply to rcpt to"),
	STAGE(MAIL, "in reply to mail from"),
	STAGE(DATA, "in reply to data"),
	STAGE(DOT, "in reply to end of data"),
	STAGE(EHLO, "in reply to helo"),
	STAGE(EHLO, "in reply to ehlo"),
	STAGE(RCPT, "after rcpt"),
	STAGE(MAIL, "after mail"),
	STAGE(DOT, "after end of data"),
	STAGE(DATA, "after data"),
	STAGE(BANNER, "after initial connection"),
	STAGE(EHLO, "after helo"),
	STAGE(EHLO, "after ehlo"),
	STAGE(RCPT, "following rcpt"),
	STAGE(RCPT, "not like our rcpt to"),
	STAGE(MAIL, "not like our mail from"),
	STAGE(RCPT, "does not like recipient"),
	STAGE(MAIL, "sender was rejected"),
	STAGE(MAIL, "failed on mail from"),
	STAGE(DOT, "failed after i sent the message"),
	STAGE(RCPT, "rcpt to response"),

	/* Subjects. */
	SUBJECT(FAIL, "undeliver"),
	SUBJECT(FAIL, "non-deliver"),
	SUBJECT(FAIL, "non deliver"),
	SUBJECT(FAIL, "nondeliver"),
	SUBJECT(FAIL, "not delivered"),
	SUBJECT(FAIL, "delivery status notification"),
	SUBJECT(FAIL, "delivery status"),
	SUBJECT(FAIL, "delivery notification"),
	SUBJECT(FAIL, "delivery fail"),
	SUBJECT(FAIL, "delivery has failed"),
	SUBJECT(FAIL, "delivery error"),
	SUBJECT(FAIL, "delivery problem"),
	SUBJECT(FAIL, "delivery report"),
	SUBJECT(FAIL, "mail delivery"),
	SUBJECT(FAIL, "failure notice"),
	SUBJECT(FAIL, "failure delivery"),
	SUBJECT(FAIL, "failed delivery"),
	SUBJECT(FAIL, "mail failure"),
	SUBJECT(FAIL, "message failure"),
	SUBJECT(FAIL, "returned mail"),
	SUBJECT(FAIL, "returned message"),
	SUBJECT(FAIL, "returned to sender"),
	SUBJECT(FAIL, "returning message to sender"),
	SUBJECT(FAIL, "mail system error"),
	SUBJECT(FAIL, "error sending"),
	SUBJECT(FAIL, "error in your message"),
	SUBJECT(FAIL, "there was an error"),
	SUBJECT(FAIL, "could not be delivered"),
	SUBJECT(FAIL, "couldn't be delivered"),
	SUBJECT(FAIL, "could not send"),
	SUBJECT(FAIL, "unable to deliver"),
	SUBJECT(FAIL, "message rejected"),
	SUBJECT(FAIL, "mail rejected"),
	SUBJECT(FAIL, "rejected mail"),
	SUBJECT(FAIL, "rejected:"),
	SUBJECT(FAIL, "has been rejected"),
	SUBJECT(FAIL, "was rejected"),
	SUBJECT(FAIL, "bounce"),
	SUBJECT(FAIL, "not member"),
	SUBJECT(FAIL, "non-member"),
	SUBJECT(FAIL, "errors from"),
	SUBJECT(FAIL, "unzustellbar"),
	SUBJECT(FAIL, "nicht zugestellt"),
	SUBJECT(FAIL, "zustellung fehlgeschlagen"),
	SUBJECT(FAIL, "non remis"),
	SUBJECT(FAIL, "non distribu"),
	SUBJECT(FAIL, "échec de"),
	SUBJECT(FAIL, "no se puede entregar"),
	SUBJECT(FAIL, "no entregado"),
	SUBJECT(FAIL, "non recapitabile"),
	SUBJECT(FAIL, "mancata consegna"),
	SUBJECT(FAIL, "não entregue"),
	SUBJECT(FAIL, "falha na entrega"),
	SUBJECT(FAIL, "onbestelbaar"),
	SUBJECT(FAIL, "niet bezorgd"),
	SUBJECT(FAIL, "не доставлено"),
	SUBJECT(FAIL, "Не доставлено"),
	SUBJECT(FAIL, "недоставлен"),
	SUBJECT(FAIL, "Недоставлен"),
	SUBJECT(FAIL, "配信できません"),
	SUBJECT(FAIL, "配信不能"),
	SUBJECT(FAIL, "退信"),
	SUBJECT(FAIL, "无法投递"),
	SUBJECT(FAIL, "系统退信"),
	SUBJECT(COMPLAINT, "complaint about message"),
	SUBJECT(COMPLAINT, "email feedback report"),
	SUBJECT(DELAY, "warning:"),
	SUBJECT(DELAY, "warning--"),
	SUBJECT(DELAY, "delay"),
	SUBJECT(DELAY, "verzögert"),
	SUBJECT(DONE, "(success)"),
	SUBJECT(DONE, "successful mail delivery"),
	SUBJECT(DONE, "(relay)"),
	SUBJECT(DONE, "delivered:"),
	SUBJECT(AWAY, "out of office"),
	SUBJECT(AWAY, "out of the office"),
	SUBJECT(AWAY, "automatic reply"),
	SUBJECT(AWAY, "automatic response"),
	SUBJECT(AWAY, "automatische antwort"),
	SUBJECT(AWAY, "abwesenheit"),
	SUBJECT(AWAY, "réponse automatique"),
	SUBJECT(AWAY, "respuesta automática"),
	SUBJECT(AWAY, "risposta automatica"),
	SUBJECT(AWAY, "resposta automática"),
	SUBJECT(AWAY, "automatisch antwoord"),
	SUBJECT(AWAY, "автоответ"),
	SUBJECT(AWAY, "自動返信"),
	SUBJECT(AWAY, "自动回复"),
	SUBJECT(AWAY, "autoreply"),
	SUBJECT(AWAY, "auto-reply"),
	SUBJECT(AWAY, "auto reply"),
	SUBJECT(AWAY, "autorespon"),
	SUBJECT(AWAY, "auto response"),
	SUBJECT(AWAY, "away until"),
	SUBJECT(AWAY, "vacation"),
	SUBJECT(AWAY, "on holiday"),
	SUBJECT(AWAY, "thank you for your email"),
	SUBJECT(AWAY, "thank you for your e-mail"),
	SUBJECT(AWAY, "thank you for your message"),
	SUBJECT(AWAY, "read:"),
	SUBJECT(CHALLENGE, "please confirm"),
	SUBJECT(CHALLENGE, "confirm your message"),
	SUBJECT(CHALLENGE, "verification required"),
	SUBJECT(CHALLENGE, "sender verification"),
	SUBJECT(CHALLENGE, "action required: confirm"),
};

enum { TABLE_N = sizeof table / sizeof *table, BUCKETS = 2048 };

struct rbf_forms {
	uint16_t first[BUCKETS]; /* number + 1 in table */
	uint16_t next[TABLE_N];
	bool begins[256]; /* some phrase begins with this byte */
};

static size_t bucket(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	return ((size_t)rbf_lower(b[0]) * 961 + (size_t)rbf_lower(b[1]) * 31 + rbf_lower(b[2])) %
		BUCKETS;
}

rbf_forms *rbf_forms_new(void)
{
	rbf_forms *f = calloc(1, sizeof *f);
	for (size_t at = TABLE_N; f && at > 0; at--) {
		size_t i = at - 1;
		size_t b = bucket(table[i].phrase);
		f->begins[(unsigned char)table[i].phrase[0]] = true;
		f->next[i] = f->first[b];
		f->first[b] = (uint16_t)(i + 1);
	}
	return f;
}

void rbf_forms_free(rbf_forms *f)
{
	free(f);
}

/* Offset after the phrase when it stands at text.p[at], else 0. */
static size_t match(rebuff_span text, size_t at, const char *phrase)
{
	for (; *phrase; phrase++) {
		if (*phrase == ' ') {
			size_t from = at, lines = 0;
			while (at < text.len && rbf_is_space((unsigned char)text.p[at]))
				lines += text.p[at++] == '\n';
			if (at == from || lines > 1)
				return 0;
		} else if (at < text.len &&
			rbf_lower((unsigned char)text.p[at]) == (unsigned char)*phrase) {
			at++;
		} else {
			return 0;
		}
	}
	return at;
}

static bool is_word(unsigned char c)
{
	return rbf_is_alpha(c) || rbf_is_digit(c) || c == '_';
}

/* Is there nothing but punctuation beside at..end on its line? */
static bool fills_line(rebuff_span text, size_t at, size_t end)
{
	while (at && text.p[at - 1] != '\n' && text.p[at - 1] != '\r')
		if (is_word((unsigned char)text.p[--at]))
			return false;
	for (; end < text.len && text.p[end] != '\n' && text.p[end] != '\r'; end++)
		if (is_word((unsigned char)text.p[end]))
			return false;
	return true;
}

size_t rbf_forms_find(
	const rbf_forms *f, rebuff_span text, bool subject, rbf_form_hit *hits, size_t cap)
{
	size_t n = 0;
	bool in_word = false;
	for (size_t i = 0; i + 3 <= text.len && n < cap; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool word = is_word(c);
		if (!(word && in_word) && f->begins[rbf_lower(c)])
			for (size_t k = f->first[bucket(text.p + i)]; k; k = f->next[k - 1]) {
				const rbf_form *form = &table[k - 1];
				size_t end =
					form->subject == subject ? match(text, i, form->phrase) : 0;
				if (end == 0 || n == cap ||
					(form->whole_line && !fills_line(text, i, end)))
					continue;
				hits[n++] = (rbf_form_hit){form, i, end};
			}
		in_word = word;
	}
	return n;
}
