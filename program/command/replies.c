#include "command/replies.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* Turn \n of two characters into a line feed, in place. Returns the new length. */
static size_t unescape(char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		bool feed = text[i] == '\\' && i + 1 < len && text[i + 1] == 'n';
		text[n++] = feed ? '\n' : text[i];
		i += feed;
	}
	return n;
}

/* Cut the next field off *rest; empty when there is none left. */
static rebuff_span next_field(rebuff_span *rest)
{
	const char *tab = rest->len ? memchr(rest->p, '\t', rest->len) : NULL;
	rebuff_span field = *rest;
	if (tab)
		field.len = (size_t)(tab - rest->p);
	rest->p += field.len + (tab != NULL);
	rest->len -= field.len + (tab != NULL);
	return field;
}

static rebuff_stage read_stage(const replies *r, rebuff_span name)
{
	char shown[64];
	int stage = name.len ? rebuff_stage_of_name(name) : REBUFF_STAGE_UNKNOWN;
	if (stage >= 0)
		return (rebuff_stage)stage;
	fprintf(stderr,
		"rebuff %s: %s%sline %zu: \"%s\" is no stage; expected banner, ehlo, mail, rcpt, "
		"data or dot; taken as unknown\n",
		r->command, r->path, *r->path ? ": " : "", r->number,
		text_escape(shown, sizeof shown, name.p, name.len));
	return REBUFF_STAGE_UNKNOWN;
}

bool replies_next(replies *r, rebuff_reply *reply)
{
	ssize_t n = getline(&r->line, &r->cap, r->in);
	if (n < 0)
		return false;
	size_t len = (size_t)n;
	r->number++;
	if (len && r->line[len - 1] == '\n')
		len--;
	if (len && r->line[len - 1] == '\r')
		len--;
	rebuff_span rest = {r->line, len}, text = next_field(&rest);
	*reply = (rebuff_reply){.size = sizeof *reply, .text = {r->line, text.len}};
	reply->recipient_domain = next_field(&rest);
	reply->mx_host = next_field(&rest);
	reply->stage = read_stage(r, next_field(&rest));
	reply->text.len = unescape(r->line, text.len);
	return true;
}

int replies_of_words(
	replies *r, const command *c, const char *const *words, int n, rebuff_reply *reply)
{
	int stage = n > 3 ? rebuff_stage_of_name(command_span(words[3])) : REBUFF_STAGE_UNKNOWN;
	if (stage < 0)
		return command_usage(c,
			"\"%s\" is no stage; expected banner, ehlo, mail, rcpt, data or dot",
			words[3]);
	if (!(r->line = strdup(words[0]))) {
		fprintf(stderr, "rebuff %s: no memory\n", c->name);
		return 1;
	}
	*reply = (rebuff_reply){.size = sizeof *reply,
		.text = {r->line, unescape(r->line, strlen(r->line))},
		.recipient_domain = command_span(n > 1 ? words[1] : ""),
		.mx_host = command_span(n > 2 ? words[2] : ""),
		.stage = (rebuff_stage)stage};
	return 0;
}

static void write_field(FILE *out, rebuff_span field)
{
	for (size_t i = 0; i < field.len; i++) {
		char c = field.p[i];
		if (c == '\n')
			fputs("\\n", out);
		else
			putc(c == '\t' ? ' ' : c, out);
	}
}

void replies_write(FILE *out, const rebuff_reply *reply)
{
	write_field(out, reply->text);
	putc('\t', out);
	write_field(out, reply->recipient_domain);
	putc('\t', out);
	write_field(out, reply->mx_host);
	fprintf(out, "\t%s\n",
		reply->stage == REBUFF_STAGE_UNKNOWN ? "" : rebuff_stage_name(reply->stage));
}
