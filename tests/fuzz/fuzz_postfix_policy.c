/* fuzz_postfix_policy.c - any bytes from Postfix's side: whatever they are, and however they are
 * cut into pieces, the same requests come out of them, and each answer is one line and an empty
 * one. The first byte is the length of the pieces. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "postfix/policy.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* What the engine would be asked is of the wire's form. */
static void check_question(const rbp_policy *p)
{
	char question[8192];
	rbf_wire_record r;
	size_t len = rbp_policy_question(p, question, sizeof question - 1);
	must(len > 0 && rbf_wire_decode(question, len, '\n', &r) == NULL && r.n == 4);
	must(strcmp(rbf_wire_get_str(&r, "recipient", ""), p->value[RBP_RECIPIENT]) == 0);
	must(strcmp(rbf_wire_get_str(&r, "sender", ""), p->value[RBP_SENDER]) == 0);
}

/* The engine's answer with what is in the input as its text. */
static void check_answer(const uint8_t *data, size_t size)
{
	char bytes[4096], out[RBP_ANSWER_MAX];
	rbf_wire_record r;
	rbf_wire_writer w = rbf_wire_writer_of(bytes, sizeof bytes - 1);
	rbf_wire_put_str(&w, "action", "refuse");
	(void)rbf_wire_put_cut(&w, "text", (const char *)data, size, 16);
	rbf_wire_end(&w);
	must(!w.overflow && rbf_wire_decode(bytes, w.len, '\n', &r) == NULL);
	size_t n = rbp_policy_answer(RBF_CLIENT_OK, &r, out);
	must(n >= 2 && n <= RBP_ANSWER_MAX && memcmp(out + n - 2, "\n\n", 2) == 0);
	must(memchr(out, '\n', n - 2) == NULL && memchr(out, '\0', n) == NULL);
}

/* A hash of the requests in the input. */
static uint64_t read_all(const char *bytes, size_t size, size_t piece)
{
	static rbp_policy p;
	uint64_t sum = 0;
	memset(&p, 0, sizeof p);
	while (size > 0) {
		bool complete;
		size_t used = rbp_policy_feed(&p, bytes, size < piece ? size : piece, &complete);
		must(used > 0 && used <= size);
		bytes += used;
		size -= used;
		if (!complete)
			continue;
		sum = sum * 31 + (rbp_policy_asks(&p) ? 2 : 1);
		for (int i = 0; i < RBP_FIELDS; i++) {
			must(strlen(p.value[i]) <= RBP_ADDRESS_MAX);
			for (const char *c = p.value[i]; *c; c++)
				sum = sum * 31 + (unsigned char)*c;
		}
		if (rbp_policy_asks(&p))
			check_question(&p);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const char *bytes = (const char *)data + 1;
	must(read_all(bytes, size - 1, data[0] ? data[0] : 1) == read_all(bytes, size - 1, size));
	check_answer(data, size);
	return 0;
}
