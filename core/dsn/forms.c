#include "dsn/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define FAIL(p)                                                                                    \
	{                                                                                          \
		p, RBF_FORM_FAIL, REBUFF_STAGE_UNKNOWN, false, false                               \
	}
#define DELAY(p)                                                                                   \
	{                                                                                          \
		p, RBF_FORM_DELAY, REBUFF_STAGE_UNKNOWN, false, false                              \
	}
#define DONE(p)                                                                                    \
	{                                                                                          \
		p, RBF_FORM_DONE, REBUFF_STAGE_UNKNOWN, false, false                               \
	}
#define AWAY(p)                                                                                    \
	{                                                                                          \
		p, RBF_FORM_AWAY, REBUFF_STAGE_UNKNOWN, false, false                               \
	}
#define CHALLENGE(p)                                                                               \
	{                                                                                          \
		p, RBF_FORM_CHALLENGE, REBUFF_STAGE_UNKNOWN, false, false                          \
	}
#define RECIPIENT(p)                                                                               \
	{                                                                                          \
		p, RBF_FORM_RECIPIENT, REBUFF_STAGE_UNKNOWN, false, false                          \
	}
#define OTHER(p)                                                                                   \
	{                                                                                          \
		p, RBF_FORM_OTHER, REBUFF_STAGE_UNKNOWN, false, false                              \
	}
#define REASON(p)                                                                                  \
	{                                                                                          \
		p, RBF_FORM_REASON, REBUFF_STAGE_UNKNOWN, false, false                             \
	}
#define RETURNED(p)                                                                                \
	{                                                                                          \
		p, RBF_FORM_RETURNED, REBUFF_STAGE_UNKNOWN, false, false                           \
	}
#define RETURNED_LINE(p)                                                                           \
	{                                                                                          \
		p, RBF_FORM_RETURNED, REBUFF_STAGE_UNKNOWN, true, false                            \
	}
#define END(p)                                                                                     \
	{                                                                                          \
		p, RBF_FORM_END, REBUFF_STAGE_UNKNOWN, false, false                                \
	}
#define HOST(p)                                                                                    \
	{                                                                                          \
		p, RBF_FORM_HOST, REBUFF_STAGE_UNKNOWN, false, false                               \
	}
#define STAGE(p, s)                                                                                \
	{                                                                                          \
		p, RBF_FORM_STAGE, s, false, false                                                 \
	}
#define SUBJECT(k, p)                                                                              \
	{                                                                                          \
		p, k, REBUFF_STAGE_UNKNOWN, false, true                                            \
	}

static const rbf_form table[] = {
	/* What introduces a failure. */
	FAIL("could not be delivered"),
	FAIL("couldn't be delivered"),
	FAIL("could not deliver"),
	FAIL("couldn't deliver"),
	FAIL("cannot be delivered"),
	FAIL("can't be delivered"),
	FAIL("can not be delivered"),
	FAIL("was not delivered"),
	FAIL("wasn't delivered"),
	FAIL("were not delivered"),
	FAIL("not been delivered"),
	FAIL("was undeliverable"),
	FAIL("is undeliverable"),
	FAIL("undeliverable to"),
	FAIL("undeliverable message"),
	FAIL("undelivered mail"),
	FAIL("was not relayed"),
	FAIL("not able to deliver"),
	FAIL("wasn't able to deliver"),
	FAIL("unable to deliver"),
	FAIL("unable to send"),
	FAIL("trouble delivering"),
	FAIL("problem delivering"),
	FAIL("problems delivering"),
	FAIL("error delivering"),
	FAIL("while trying to deliver"),
	FAIL("while attempting to deliver"),
	FAIL("failed to deliver"),
	FAIL("failed to reach"),
	FAIL("delivery failed"),
	FAIL("delivery has failed"),
	FAIL("delivery failure"),
	FAIL("delivery to the following"),
	FAIL("delivery errors"),
	FAIL("delivery error"),
	FAIL("delivery was not successful"),
	FAIL("non-delivery"),
	FAIL("nondelivery"),
	FAIL("did not reach"),
	FAIL("didn't reach"),
	FAIL("could not be reached"),
	FAIL("could not be sent"),
	FAIL("couldn't be sent"),
	FAIL("was not sent"),
	FAIL("not be sent"),
	FAIL("did not receive this message"),
	FAIL("did not receive your message"),
	FAIL("permanent fatal errors"),
	FAIL("permanent error"),
	FAIL("address(es) failed"),
	FAIL("address failed"),
	FAIL("addresses failed"),
	FAIL("incorrectly constructed"),
	FAIL("failed permanently"),
	FAIL("was rejected"),
	FAIL("were rejected"),
	FAIL("has been rejected"),
	FAIL("have been rejected"),
	FAIL("rejected your message"),
	FAIL("has been returned"),
	FAIL("was returned"),
	FAIL("transcript of session"),
	FAIL("failure reasons"),
	FAIL("failure notice"),
	FAIL("this is a permanent"),
	FAIL("unknown user"),
	FAIL("user unknown"),
	FAIL("invalid user"),
	FAIL("no such user"),
	FAIL("no valid recipients"),
	FAIL("invalid recipient"),
	FAIL("unknown recipient"),
	FAIL("account is disabled"),
	FAIL("mailbox is full"),
	FAIL("mailbox full"),
	FAIL("over quota"),
	FAIL("wasn't found at"),
	FAIL("not a member of"),
	FAIL("may not exist, or you may not have permission"),
	FAIL("bounce notification"),
	FAIL("bouncedrecipients"),
	FAIL("nicht zugestellt"),
	FAIL("unzustellbar"),
	FAIL("zustellung fehlgeschlagen"),
	FAIL("fehler bei der nachrichtenzustellung"),
	FAIL("konnte nicht"),
	FAIL("n'a pas pu être"),
	FAIL("n'a pu être"),
	FAIL("échec de la remise"),
	FAIL("non remis"),
	FAIL("no se pudo entregar"),
	FAIL("no se ha podido entregar"),
	FAIL("error de entrega"),
	FAIL("non è stato possibile"),
	FAIL("impossibile recapitare"),
	FAIL("recapito non riuscito"),
	FAIL("não pôde ser entregue"),
	FAIL("não foi possível entregar"),
	FAIL("falha na entrega"),
	FAIL("kon niet worden"),
	FAIL("kan niet worden bezorgd"),
	FAIL("nie można dostarczyć"),
	FAIL("nie została dostarczona"),
	FAIL("не может быть доставлено"),
	FAIL("не было доставлено"),
	FAIL("не доставлено"),
	FAIL("не удалось доставить"),
	FAIL("送信できませんでした"),
	FAIL("配信できませんでした"),
	FAIL("配送できません"),
	FAIL("送信に失敗"),
	FAIL("無法傳送"),
	FAIL("无法投递"),
	FAIL("无法送达"),
	FAIL("被退回"),
	FAIL("退信"),

	/* Still being tried. */
	DELAY("not yet been delivered"),
	DELAY("has been delayed"),
	DELAY("is delayed"),
	DELAY("been delayed"),
	DELAY("delivery delayed"),
	DELAY("delayed mail"),
	DELAY("will be retried"),
	DELAY("still being retried"),
	DELAY("will keep trying"),
	DELAY("will continue to try"),
	DELAY("continue trying"),
	DELAY("keep trying to deliver"),
	DELAY("will try again"),
	DELAY("attempts will continue"),
	DELAY("will be repeated"),
	DELAY("warning message only"),
	DELAY("do not need to resend"),
	DELAY("don't need to resend"),
	DELAY("still undelivered after"),
	DELAY("transient non-fatal errors"),
	DELAY("could not send message for past"),
	DELAY("could not send mail for past"),
	DELAY("temporarily delayed"),
	DELAY("wird weiterhin versucht"),
	DELAY("noch nicht zugestellt"),
	DELAY("est retardé"),
	DELAY("доставка задерживается"),

	DONE("successfully delivered"),
	DONE("was delivered to"),
	DONE("been delivered to the"),
	DONE("delivery to the following recipients was successful"),
	DONE("successfully relayed"),
	DONE("delivery was successful"),

	AWAY("out of the office"),
	AWAY("out of office"),
	AWAY("on vacation"),
	AWAY("on holiday"),
	AWAY("away from my"),
	AWAY("currently away"),
	AWAY("annual leave"),
	AWAY("maternity leave"),
	AWAY("no longer with"),
	AWAY("no longer works"),
	AWAY("abwesend"),
	AWAY("nicht im büro"),
	AWAY("absent du bureau"),
	AWAY("fuera de la oficina"),
	AWAY("fuori sede"),
	AWAY("fora do escritório"),
	AWAY("automatic reply"),
	AWAY("we have received your"),
	AWAY("thank you for contacting"),
	AWAY("thank you for your message"),

	CHALLENGE("confirm that you are"),
	CHALLENGE("confirm your message"),
	CHALLENGE("confirm your email address"),
	CHALLENGE("verify that you are a"),
	CHALLENGE("click the link below to confirm"),
	CHALLENGE("reply to this message to confirm"),
	CHALLENGE("sender verification"),
	CHALLENGE("complete the verification"),
	CHALLENGE("awaiting your confirmation"),
	CHALLENGE("held pending your"),
	CHALLENGE("being held until"),

	/* What stands before the address that failed. */
	RECIPIENT("rcpt to:"),
	RECIPIENT("recipient:"),
	RECIPIENT("recipients:"),
	RECIPIENT("recipient"),
	RECIPIENT("recipient address:"),
	RECIPIENT("intended recipient:"),
	RECIPIENT("failed recipient:"),
	RECIPIENT("final-recipient:"),
	RECIPIENT("delivered to:"),
	RECIPIENT("delivering to:"),
	RECIPIENT("deliver to:"),
	RECIPIENT("message to:"),
	RECIPIENT("message to"),
	RECIPIENT("mail to"),
	RECIPIENT("delivered to"),
	RECIPIENT("deliver to"),
	RECIPIENT("undeliverable to"),
	RECIPIENT("sent to"),
	RECIPIENT("send to"),
	RECIPIENT("delivery to"),
	RECIPIENT("unknown user:"),
	RECIPIENT("unknown user"),
	RECIPIENT("user unknown:"),
	RECIPIENT("invalid user:"),
	RECIPIENT("invalid recipient:"),
	RECIPIENT("unknown recipient:"),
	RECIPIENT("no such user:"),
	RECIPIENT("no such address:"),
	RECIPIENT("mailbox:"),
	RECIPIENT("address:"),
	RECIPIENT("email address:"),
	RECIPIENT("mail address:"),
	RECIPIENT("e-mail address:"),
	RECIPIENT("email account:"),
	RECIPIENT("target mail address:"),
	RECIPIENT("forward to"),
	RECIPIENT("emailaddress:"),
	RECIPIENT("mailing list"),
	RECIPIENT("generated by"),
	RECIPIENT("empfänger:"),
	RECIPIENT("destinataire:"),
	RECIPIENT("destinataire :"),
	RECIPIENT("destinatario:"),
	RECIPIENT("destinatário:"),
	RECIPIENT("получатель:"),

	/* What stands before another address. */
	OTHER("mail from:"),
	OTHER("sent by"),
	OTHER("generated from"),
	OTHER("from:"),
	OTHER("sender:"),
	OTHER("return-path:"),
	OTHER("reply-to:"),
	OTHER("contact"),
	OTHER("report to"),
	OTHER("send mail to"),
	OTHER("send email to"),
	OTHER("email to"),
	OTHER("forward this"),
	OTHER("hello"),
	OTHER("dear"),
	OTHER("message-id:"),
	OTHER("message id"),
	OTHER("to the address"),

	/* What stands before the reason. */
	REASON("said:"),
	REASON("reason:"),
	REASON("reasons:"),
	REASON("responded:"),
	REASON("responded as follows:"),
	REASON("responded with failure:"),
	REASON("response:"),
	REASON("response was:"),
	REASON("server responded"),
	REASON("returned:"),
	REASON("returned was:"),
	REASON("server returned"),
	REASON("error was:"),
	REASON("error:"),
	REASON("error message below:"),
	REASON("error message:"),
	REASON("reason for the problem:"),
	REASON("problem appears to be"),
	REASON("additional information follows"),
	REASON("diagnostic-code:"),
	REASON("diagnosticcode:"),
	REASON("diagnostic:"),
	REASON("server message"),
	REASON("generated response:"),
	REASON("grund:"),
	REASON("motif:"),
	REASON("motivo:"),
	REASON("причина:"),

	/* Where the returned message begins. */
	RETURNED("below this line is a copy"),
	RETURNED("enclosed is a copy of"),
	RETURNED("included is a copy of"),
	RETURNED("this is a copy of"),
	RETURNED("a copy of your message"),
	RETURNED("below is a copy of"),
	RETURNED("copy of the original message"),
	RETURNED("message headers follow"),
	RETURNED("message header follows"),
	RETURNED("original message follows"),
	RETURNED("original message headers"),
	RETURNED("original message header"),
	RETURNED("header of the original message"),
	RETURNED("headers of the original message"),
	RETURNED("header of the message"),
	RETURNED("unsent message follows"),
	RETURNED("unsent message below"),
	RETURNED("your message follows"),
	RETURNED("your original message"),
	RETURNED_LINE("rejected message"),
	RETURNED("start of returned message"),
	RETURNED_LINE("original message"),
	RETURNED_LINE("original mail"),
	RETURNED_LINE("original mail info"),
	RETURNED_LINE("original e-mail"),
	RETURNED_LINE("original email"),
	RETURNED_LINE("returned message"),
	RETURNED_LINE("undelivered message"),
	RETURNED_LINE("returned mail"),
	RETURNED_LINE("message header"),
	RETURNED_LINE("message headers"),
	RETURNED_LINE("bounced e-mail"),
	RETURNED_LINE("bounced message"),
	RETURNED_LINE("ursprüngliche nachricht"),
	RETURNED("ursprüngliche nachrichtenkopfzeilen"),
	RETURNED("en-têtes de message d'origine"),
	RETURNED("encabezados de mensajes originales"),

	/* The reply is over. */
	END("giving up on"),
	END("i'm not going to try again"),
	END("in reply to"),
	END("for further assistance"),
	END("if you do so"),
	END("this message was created automatically"),
	END("no action is required"),
	END("this nondelivery report was"),
	END("this has been a permanent failure"),
	END("original message headers:"),
	END("this condition occurred"),
	END("the attachment contains"),
	END("save to the following"),

	HOST("while talking to"),
	HOST("remote host"),
	HOST("host:"),
	HOST("host"),
	HOST("smtp server"),
	HOST("remote-mta:"),
	HOST("remotemta:"),
	HOST("server"),

	STAGE("in reply to rcpt to", REBUFF_STAGE_RCPT),
	STAGE("in reply to mail from", REBUFF_STAGE_MAIL),
	STAGE("in reply to data", REBUFF_STAGE_DATA),
	STAGE("in reply to end of data", REBUFF_STAGE_DOT),
	STAGE("in reply to helo", REBUFF_STAGE_EHLO),
	STAGE("in reply to ehlo", REBUFF_STAGE_EHLO),
	STAGE("after rcpt", REBUFF_STAGE_RCPT),
	STAGE("after mail", REBUFF_STAGE_MAIL),
	STAGE("after end of data", REBUFF_STAGE_DOT),
	STAGE("after data", REBUFF_STAGE_DATA),
	STAGE("after initial connection", REBUFF_STAGE_BANNER),
	STAGE("after helo", REBUFF_STAGE_EHLO),
	STAGE("after ehlo", REBUFF_STAGE_EHLO),
	STAGE("following rcpt", REBUFF_STAGE_RCPT),
	STAGE("not like our rcpt to", REBUFF_STAGE_RCPT),
	STAGE("not like our mail from", REBUFF_STAGE_MAIL),
	STAGE("does not like recipient", REBUFF_STAGE_RCPT),
	STAGE("sender was rejected", REBUFF_STAGE_MAIL),
	STAGE("failed on mail from", REBUFF_STAGE_MAIL),
	STAGE("failed after i sent the message", REBUFF_STAGE_DOT),
	STAGE("rcpt to response", REBUFF_STAGE_RCPT),

	/* Subjects. */
	SUBJECT(RBF_FORM_FAIL, "undeliver"),
	SUBJECT(RBF_FORM_FAIL, "non-deliver"),
	SUBJECT(RBF_FORM_FAIL, "non deliver"),
	SUBJECT(RBF_FORM_FAIL, "nondeliver"),
	SUBJECT(RBF_FORM_FAIL, "not delivered"),
	SUBJECT(RBF_FORM_FAIL, "delivery status notification"),
	SUBJECT(RBF_FORM_FAIL, "delivery status"),
	SUBJECT(RBF_FORM_FAIL, "delivery notification"),
	SUBJECT(RBF_FORM_FAIL, "delivery fail"),
	SUBJECT(RBF_FORM_FAIL, "delivery has failed"),
	SUBJECT(RBF_FORM_FAIL, "delivery error"),
	SUBJECT(RBF_FORM_FAIL, "delivery problem"),
	SUBJECT(RBF_FORM_FAIL, "delivery report"),
	SUBJECT(RBF_FORM_FAIL, "mail delivery"),
	SUBJECT(RBF_FORM_FAIL, "failure notice"),
	SUBJECT(RBF_FORM_FAIL, "failure delivery"),
	SUBJECT(RBF_FORM_FAIL, "failed delivery"),
	SUBJECT(RBF_FORM_FAIL, "mail failure"),
	SUBJECT(RBF_FORM_FAIL, "message failure"),
	SUBJECT(RBF_FORM_FAIL, "returned mail"),
	SUBJECT(RBF_FORM_FAIL, "returned message"),
	SUBJECT(RBF_FORM_FAIL, "returned to sender"),
	SUBJECT(RBF_FORM_FAIL, "returning message to sender"),
	SUBJECT(RBF_FORM_FAIL, "mail system error"),
	SUBJECT(RBF_FORM_FAIL, "error sending"),
	SUBJECT(RBF_FORM_FAIL, "error in your message"),
	SUBJECT(RBF_FORM_FAIL, "there was an error"),
	SUBJECT(RBF_FORM_FAIL, "could not be delivered"),
	SUBJECT(RBF_FORM_FAIL, "couldn't be delivered"),
	SUBJECT(RBF_FORM_FAIL, "could not send"),
	SUBJECT(RBF_FORM_FAIL, "unable to deliver"),
	SUBJECT(RBF_FORM_FAIL, "message rejected"),
	SUBJECT(RBF_FORM_FAIL, "mail rejected"),
	SUBJECT(RBF_FORM_FAIL, "rejected mail"),
	SUBJECT(RBF_FORM_FAIL, "rejected:"),
	SUBJECT(RBF_FORM_FAIL, "bounce"),
	SUBJECT(RBF_FORM_FAIL, "not member"),
	SUBJECT(RBF_FORM_FAIL, "non-member"),
	SUBJECT(RBF_FORM_FAIL, "errors from"),
	SUBJECT(RBF_FORM_FAIL, "unzustellbar"),
	SUBJECT(RBF_FORM_FAIL, "nicht zugestellt"),
	SUBJECT(RBF_FORM_FAIL, "zustellung fehlgeschlagen"),
	SUBJECT(RBF_FORM_FAIL, "non remis"),
	SUBJECT(RBF_FORM_FAIL, "non distribu"),
	SUBJECT(RBF_FORM_FAIL, "échec de"),
	SUBJECT(RBF_FORM_FAIL, "no se puede entregar"),
	SUBJECT(RBF_FORM_FAIL, "no entregado"),
	SUBJECT(RBF_FORM_FAIL, "non recapitabile"),
	SUBJECT(RBF_FORM_FAIL, "mancata consegna"),
	SUBJECT(RBF_FORM_FAIL, "não entregue"),
	SUBJECT(RBF_FORM_FAIL, "falha na entrega"),
	SUBJECT(RBF_FORM_FAIL, "onbestelbaar"),
	SUBJECT(RBF_FORM_FAIL, "niet bezorgd"),
	SUBJECT(RBF_FORM_FAIL, "не доставлено"),
	SUBJECT(RBF_FORM_FAIL, "недоставлен"),
	SUBJECT(RBF_FORM_FAIL, "配信できません"),
	SUBJECT(RBF_FORM_FAIL, "配信不能"),
	SUBJECT(RBF_FORM_FAIL, "退信"),
	SUBJECT(RBF_FORM_FAIL, "无法投递"),
	SUBJECT(RBF_FORM_FAIL, "系统退信"),
	SUBJECT(RBF_FORM_DELAY, "warning:"),
	SUBJECT(RBF_FORM_DELAY, "warning--"),
	SUBJECT(RBF_FORM_DELAY, "delay"),
	SUBJECT(RBF_FORM_DELAY, "verzögert"),
	SUBJECT(RBF_FORM_DONE, "(success)"),
	SUBJECT(RBF_FORM_DONE, "successful mail delivery"),
	SUBJECT(RBF_FORM_DONE, "(relay)"),
	SUBJECT(RBF_FORM_DONE, "delivered:"),
	SUBJECT(RBF_FORM_AWAY, "out of office"),
	SUBJECT(RBF_FORM_AWAY, "out of the office"),
	SUBJECT(RBF_FORM_AWAY, "automatic reply"),
	SUBJECT(RBF_FORM_AWAY, "automatic response"),
	SUBJECT(RBF_FORM_AWAY, "automatische antwort"),
	SUBJECT(RBF_FORM_AWAY, "abwesenheit"),
	SUBJECT(RBF_FORM_AWAY, "réponse automatique"),
	SUBJECT(RBF_FORM_AWAY, "respuesta automática"),
	SUBJECT(RBF_FORM_AWAY, "risposta automatica"),
	SUBJECT(RBF_FORM_AWAY, "resposta automática"),
	SUBJECT(RBF_FORM_AWAY, "automatisch antwoord"),
	SUBJECT(RBF_FORM_AWAY, "автоответ"),
	SUBJECT(RBF_FORM_AWAY, "自動返信"),
	SUBJECT(RBF_FORM_AWAY, "自动回复"),
	SUBJECT(RBF_FORM_AWAY, "autoreply"),
	SUBJECT(RBF_FORM_AWAY, "auto-reply"),
	SUBJECT(RBF_FORM_AWAY, "auto reply"),
	SUBJECT(RBF_FORM_AWAY, "autorespon"),
	SUBJECT(RBF_FORM_AWAY, "auto response"),
	SUBJECT(RBF_FORM_AWAY, "away until"),
	SUBJECT(RBF_FORM_AWAY, "vacation"),
	SUBJECT(RBF_FORM_AWAY, "on holiday"),
	SUBJECT(RBF_FORM_AWAY, "read:"),
	SUBJECT(RBF_FORM_CHALLENGE, "please confirm"),
	SUBJECT(RBF_FORM_CHALLENGE, "confirm your message"),
	SUBJECT(RBF_FORM_CHALLENGE, "verification required"),
	SUBJECT(RBF_FORM_CHALLENGE, "sender verification"),
	SUBJECT(RBF_FORM_CHALLENGE, "action required: confirm"),
};

enum { TABLE_N = sizeof table / sizeof *table, BUCKETS = 2048 };

struct rbf_forms {
	uint16_t first[BUCKETS]; /* number + 1 in table */
	uint16_t next[TABLE_N];
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
	for (size_t i = TABLE_N; f && i-- > 0;) {
		size_t b = bucket(table[i].phrase);
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
			size_t from = at;
			while (at < text.len && rbf_is_space((unsigned char)text.p[at]))
				at++;
			if (at == from)
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
		if (!(word && in_word))
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
