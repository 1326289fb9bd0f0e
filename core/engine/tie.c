#include "engine/tie.h"

#include <stdlib.h>

#include "base/span.h"
#include "smtp/address.h"

static const int64_t day_ms = 86400000;
/* A queue's life of 14 days, and the five that a remote server may go on trying. */
enum { TOKEN_DAYS = 19, RECENT_DAYS = 5, FUTURE_DAYS = 1 };
/* A shorter word is no queue id that would not stand in other mail too. */
enum { WORD_MIN = 8, WORD_MAX = 64, ENVID_MIN = 24 };

/* ---- words -------------------------------------------------------------------------------------
 */

static bool in_word(char c)
{
	return rbf_is_alpha((unsigned char)c) || rbf_is_digit((unsigned char)c) || c == '-';
}

/* The next word of *rest that may be a queue id: it has a digit and a length. Empty: no more. */
static rebuff_span next_word(rebuff_span *rest)
{
	while (rest->len) {
		size_t n = 0;
		bool digit = false;
		while (n < rest->len && in_word(rest->p[n])) {
			digit = digit || rbf_is_digit((unsigned char)rest->p[n]);
			n++;
		}
		rebuff_span word = rbf_span_sub(*rest, 0, n);
		*rest = rbf_span_sub(*rest, n ? n : 1, SIZE_MAX);
		if (digit && n >= WORD_MIN && n <= WORD_MAX)
			return word;
	}
	return (rebuff_span){"", 0};
}

static int64_t hash_word(const rbf_store *store, rebuff_span word)
{
	char text[WORD_MAX + 1];
	(void)rbf_span_copy(text, sizeof text, word);
	return rbf_store_who(store, text);
}

int64_t rbf_tie_envid(const rbf_store *store, rebuff_span envid)
{
	rebuff_span rest = envid, word = next_word(&rest);
	bool whole = word.len == envid.len && word.len >= ENVID_MIN;
	return whole ? hash_word(store, word) : 0;
}

int64_t rbf_tie_remote_id(const rbf_store *store, rebuff_span text)
{
	static const char *const before[] = {"queued as ", " id=", "queueid="};
	rebuff_span best = {"", 0}, rest, word;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		size_t at = rbf_span_ifind(text, rbf_span_of(before[i]));
		if (at == SIZE_MAX)
			continue;
		rest = rbf_span_sub(text, at + strlen(before[i]), SIZE_MAX);
		best = next_word(&rest);
		if (best.len)
			return hash_word(store, best);
	}
	rest = rbf_span_sub(text, 0, REBUFF_REPLY_MAX);
	while ((word = next_word(&rest)).len)
		if (word.len > best.len)
			best = word;
	return best.len ? hash_word(store, best) : 0;
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void add_words(rbf_tie *t, rebuff_span text)
{
	rebuff_span word;
	while (t->word_n < RBF_TIE_WORDS && (word = next_word(&text)).len)
		t->word[t->word_n++] = hash_word(t->ctx->store, word);
}

static bool has_word(const rbf_tie *t, int64_t hash)
{
	return bsearch(&hash, t->word, t->word_n, sizeof hash, compare) != NULL;
}

/* ---- addresses ---------------------------------------------------------------------------------
 */

static bool in_local(char c)
{
	return c && (in_word(c) || strchr("!#$%&'*+/=?^_`{|}~.", c));
}

static bool in_domain(char c)
{
	return in_word(c) || c == '.' || (unsigned char)c >= 0x80;
}

/* The next address of *rest; empty: no more. */
static rebuff_span next_address(rebuff_span *rest)
{
	for (size_t from = 0, at;
		(at = rbf_span_chr(rbf_span_sub(*rest, from, SIZE_MAX), '@')) != SIZE_MAX;) {
		size_t begin = from + at, end = from + at + 1;
		while (begin > from && in_local(rest->p[begin - 1]))
			begin--;
		while (end < rest->len && in_domain(rest->p[end]))
			end++;
		rebuff_span found = rbf_span_sub(*rest, begin, end - begin);
		if (begin < from + at && end > from + at + 1) {
			*rest = rbf_span_sub(*rest, end, SIZE_MAX);
			return found;
		}
		from = end;
	}
	*rest = (rebuff_span){"", 0};
	return *rest;
}

static void add_token(rbf_tie *t, rebuff_span address)
{
	if (t->token_n < RBF_TIE_TOKENS && rbf_token_read(address, &t->token[t->token_n]))
		t->token_n++;
}

/* What it came back to: the return path of what it speaks of. */
static void add_sender(rbf_tie *t, rebuff_span address)
{
	char key[REBUFF_ADDRESS_MAX + 1];
	add_token(t, address);
	rbf_token_sender(address, key);
	if (!key[0] || t->sender_n == RBF_TIE_SENDERS)
		return;
	if (t->sender_n == 0)
		memcpy(t->came_back_to, key, sizeof key);
	t->sender[t->sender_n++] = rbf_store_who(t->ctx->store, key);
}

void rbf_tie_begin(rbf_tie *t, rebuff_ctx *ctx, const rbf_config *config,
	const rebuff_evidence *evidence, int64_t now_ms)
{
	const rebuff_message *m = evidence->message;
	t->ctx = ctx;
	t->config = config;
	t->evidence = evidence;
	t->now_ms = now_ms;
	t->token_n = t->sender_n = t->named_n = t->word_n = 0;
	t->came_back_to[0] = '\0';
	rebuff_span recipients = evidence->arrival->recipients, address;
	while (recipients.len && t->sender_n < RBF_TIE_SENDERS)
		add_sender(t, rbf_span_split(&recipients, ','));
	add_token(t, m->sender);
	for (rebuff_span rest = m->returned; (address = next_address(&rest)).len;) {
		add_token(t, address);
		if (t->named_n < RBF_TIE_NAMED &&
			rbf_address_key(address, t->named[t->named_n], NULL) == REBUFF_OK)
			t->named_n++;
	}
	add_words(t, m->returned);
	add_words(t, m->envelope_id);
	for (size_t i = 0; i < evidence->recipient_n; i++)
		add_words(t, evidence->recipient[i].diagnostic);
	qsort(t->word, t->word_n, sizeof *t->word, compare);
}

/* ---- the recipient's own servers ---------------------------------------------------------------
 */

/* Does this name belong to whoever takes the recipient's mail? */
static bool is_theirs(const rbf_tie *t, rebuff_span name, const char *provider, rebuff_span domain)
{
	char mine[REBUFF_NAME_MAX], site[REBUFF_NAME_MAX], home[REBUFF_NAME_MAX];
	const rebuff_span none = {"", 0};
	if (!name.len)
		return false;
	(void)rbf_ctx_provider(t->config, name, none, mine);
	rbf_provider_site(none, name, site);
	rbf_provider_site(none, domain, home);
	if (strcmp(mine, provider) == 0 || strcmp(site, home) == 0)
		return true;
	int known = rbf_providers_find(t->config->providers, none, rbf_span_of(site));
	return known >= 0 && strcmp(rbf_providers_id(t->config->providers, known), provider) == 0;
}

/* The address in the only From field; empty when there are two or none. */
static rebuff_span from_of(rebuff_span headers)
{
	rebuff_span found = {"", 0}, line;
	for (rebuff_span rest = headers; (line = rbf_span_split(&rest, '\n')).p;) {
		if (rbf_span_istarts(line, RBF_LIT("from:"))) {
			if (found.len)
				return (rebuff_span){"", 0};
			found = rbf_span_sub(line, 5, SIZE_MAX);
		}
		if (!rest.p)
			break;
	}
	size_t open = rbf_span_chr(found, '<');
	if (open != SIZE_MAX)
		found = rbf_span_sub(found, open, SIZE_MAX);
	return next_address(&found);
}

/* A provider signs what its customers write too, and anyone can send that on with an empty sender:
 * a signature counts for addresses that no customer gets. */
static bool is_from_daemon(rebuff_span headers, char domain[REBUFF_DOMAIN_MAX + 1])
{
	static const char *const names[] = {"mailer-daemon@", "postmaster@", "mail-daemon@"};
	rebuff_span from = from_of(headers);
	domain[0] = '\0';
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (rbf_span_istarts(from, rbf_span_of(names[i])))
			return rbf_domain_key(rbf_address_domain(from), domain, NULL) == REBUFF_OK;
	return false;
}

static bool is_signed_by_them(const rbf_tie *t, const char *provider, rebuff_span domain)
{
	const rebuff_arrival *a = t->evidence->arrival;
	char from[REBUFF_DOMAIN_MAX + 1], author[REBUFF_NAME_MAX], signer[REBUFF_NAME_MAX];
	rebuff_span rest = a->dkim;
	if (!rest.len || !is_from_daemon(a->headers, from))
		return false;
	rbf_provider_site((rebuff_span){"", 0}, rbf_span_of(from), author);
	while (rest.len) {
		rebuff_span one = rbf_span_trim(rbf_span_split(&rest, ','));
		rbf_provider_site((rebuff_span){"", 0}, one, signer);
		if (one.len && strcmp(author, signer) == 0 && is_theirs(t, one, provider, domain))
			return true;
	}
	return false;
}

static bool is_from_their_servers(const rbf_tie *t, const rbf_sent *sent, const char *recipient)
{
	rebuff_span domain = rbf_address_domain(rbf_span_of(recipient));
	return is_theirs(t, t->evidence->arrival->client_name, sent->provider, domain) ||
		is_signed_by_them(t, sent->provider, domain);
}

/* ---- which delivery ----------------------------------------------------------------------------
 */

static rebuff_status has_token_of(
	const rbf_tie *t, const rbf_sent *sent, const char *recipient, bool *has, rebuff_error *err)
{
	unsigned char key[RBF_TOKEN_KEY];
	bool found = false;
	rebuff_status status = REBUFF_OK;
	*has = false;
	for (size_t i = 0; i < t->token_n && !*has && status == REBUFF_OK; i++) {
		const rbf_token *token = &t->token[i];
		int64_t age_ms = t->now_ms - token->epoch_s * 1000;
		if (age_ms > TOKEN_DAYS * day_ms || age_ms < -FUTURE_DAYS * day_ms ||
			rbf_store_who(t->ctx->store, token->sender) != sent->from_who)
			continue;
		status = rbf_store_key_of(t->ctx->store, token->epoch_s * 1000, key, &found, err);
		*has = found && rbf_token_is_of(token, key, sent->id, recipient);
	}
	return status;
}

/* Does the returned header section carry our own queue id, as Received has it, or as Exim makes
 * Message-IDs of it? */
static bool names_message(const rbf_tie *t, const rbf_sent *sent)
{
	char exim[REBUFF_ID_MAX + 2] = "E";
	rebuff_span id = rbf_span_of(sent->id);
	if (sent->mta ==
		REBUFF_MTA_OPENSMTPD) /* of the message: the first half of the envelope's */
		id = rbf_span_sub(id, 0, WORD_MIN);
	if (id.len < WORD_MIN || id.len >= WORD_MAX)
		return false;
	(void)rbf_span_copy(exim + 1, sizeof exim - 1, id);
	return has_word(t, hash_word(t->ctx->store, id)) ||
		(sent->mta == REBUFF_MTA_EXIM &&
			has_word(t, hash_word(t->ctx->store, rbf_span_of(exim))));
}

static bool came_back_to(const rbf_tie *t, int64_t from_who)
{
	for (size_t i = 0; i < t->sender_n; i++)
		if (t->sender[i] == from_who)
			return true;
	return false;
}

/* How well one delivery fits. 0: not at all. */
enum { NO_FIT, BY_SENDER, BY_ID, PROVEN };

static rebuff_status weigh(const rbf_tie *t, const rbf_sent *sent, const char *recipient, int *fit,
	const char **why, rebuff_error *err)
{
	bool proven = false, alone = false, named = names_message(t, sent);
	bool recent = t->now_ms - sent->time_ms <= RECENT_DAYS * day_ms;
	rebuff_status status = has_token_of(t, sent, recipient, &proven, err);
	*fit = NO_FIT;
	*why = "carries the token of this delivery";
	if (status == REBUFF_OK && !proven && named && is_from_their_servers(t, sent, recipient)) {
		status = rbf_store_sent_alone(t->ctx->store, sent, &alone, err);
		proven = alone;
		*why = "names a message to this recipient only, and comes from their own servers";
	}
	if (status == REBUFF_OK && !proven && sent->envid && has_word(t, sent->envid)) {
		status = rbf_store_sent_alone(t->ctx->store, sent, &alone, err);
		proven = alone;
		*why = "carries the mark of a message to this recipient only";
	}
	if (proven)
		*fit = PROVEN;
	else if (recent && (named || (sent->remote_id && has_word(t, sent->remote_id)))) {
		*fit = BY_ID;
		*why = named ? "names a recent message to this recipient"
			     : "names the queue id of a recent delivery";
	} else if (recent && came_back_to(t, sent->from_who)) {
		*fit = BY_SENDER;
		*why = "fits a recent delivery by recipient and sender";
	}
	return status;
}

/* The best of the deliveries to one address; of two that fit alike, the newer. */
static rebuff_status look_at(
	rbf_tie *t, rebuff_span address, rbf_tied *out, int *best, rebuff_error *err)
{
	char recipient[REBUFF_ADDRESS_MAX + 1];
	size_t n = 0;
	if (rbf_address_key(address, recipient, NULL) != REBUFF_OK)
		return REBUFF_OK;
	rebuff_status status = rbf_store_sent_to(t->ctx->store,
		rbf_store_who(t->ctx->store, recipient), t->sent, RBF_TIE_SENT, &n, err);
	for (size_t i = 0; i < n && status == REBUFF_OK && *best < PROVEN; i++) {
		const char *why = "";
		int fit = NO_FIT;
		status = weigh(t, &t->sent[i], recipient, &fit, &why, err);
		if (fit <= *best)
			continue;
		*best = fit;
		*out = (rbf_tied){.found = true,
			.sent = t->sent[i],
			.trust = fit == PROVEN ? REBUFF_TRUST_PROVEN : REBUFF_TRUST_PROBABLE,
			.why = why};
		memcpy(out->recipient, recipient, sizeof recipient);
	}
	return status;
}

rebuff_status rbf_tie_recipient(rbf_tie *t, rebuff_span recipient, rebuff_span original, bool alone,
	rbf_tied *out, rebuff_error *err)
{
	int best = NO_FIT;
	*out = (rbf_tied){.why = "fits no delivery of ours"};
	rebuff_status status = look_at(t, recipient, out, &best, err);
	if (status == REBUFF_OK && best < PROVEN)
		status = look_at(t, original, out, &best, err);
	for (size_t i = 0; i < t->named_n && alone && best < PROVEN && status == REBUFF_OK; i++)
		status = look_at(t, rbf_span_of(t->named[i]), out, &best, err);
	return status;
}
